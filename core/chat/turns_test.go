package chat_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// due is a queued reply of a user: its id ends the order of equal ranks.
func due(user, reply string, second int) *chat.Reply {
	return &chat.Reply{User: id.ID(user), Rank: noon.Add(time.Duration(second) * time.Second), Message: chat.Message{ID: id.ID(reply), Status: chat.Queued}}
}

// expired is a reply whose lease ran out.
func expired(user, reply string, second int) *chat.Reply {
	r := due(user, reply, second)
	r.Status = chat.Running
	return r
}

func names(replies []*chat.Reply) string {
	var all []id.ID
	for _, r := range replies {
		all = append(all, r.ID)
	}
	return fmt.Sprint(all)
}

func TestTurns(t *testing.T) {
	crowd := []*chat.Reply{due("a", "a3", 3), due("b", "b9", 9), due("a", "a1", 1), due("a", "a2", 2), due("c", "c2", 2)}
	for name, c := range map[string]struct {
		due         []*chat.Reply
		running     map[id.ID]int
		perUser, n  int
		taken, held string
	}{
		"nothing is due":                     {nil, nil, 2, 5, "[]", "[]"},
		"in the order of ranks":              {crowd, nil, 0, 9, "[a1 a2 c2 a3 b9]", "[]"},
		"no more than asked for":             {crowd, nil, 0, 3, "[a1 a2 c2]", "[]"},
		"no more than the bound":             {crowd, nil, 2, 9, "[a1 a2 c2 b9]", "[a3]"},
		"those that run count":               {crowd, map[id.ID]int{"a": 1}, 2, 9, "[a1 c2 b9]", "[a2 a3]"},
		"at the bound":                       {crowd, map[id.ID]int{"a": 2}, 2, 9, "[c2 b9]", "[a1 a2 a3]"},
		"past the bound":                     {crowd, map[id.ID]int{"a": 7}, 2, 9, "[c2 b9]", "[a1 a2 a3]"},
		"others run":                         {crowd, map[id.ID]int{"d": 7}, 2, 9, "[a1 a2 c2 b9]", "[a3]"},
		"a bound of one":                     {crowd, nil, 1, 9, "[a1 c2 b9]", "[a2 a3]"},
		"held though none was asked":         {crowd, nil, 1, 0, "[]", "[a2 a3]"},
		"what was not asked for is not held": {crowd, nil, 3, 1, "[a1]", "[]"},
		"a lease that ran out has its place": {[]*chat.Reply{due("a", "a1", 1), expired("a", "a2", 2), expired("a", "a3", 3)}, map[id.ID]int{"a": 2}, 2, 9, "[a2 a3]", "[a1]"},
		"one place beside it":                {[]*chat.Reply{due("a", "a1", 1), expired("a", "a2", 2), due("a", "a3", 3)}, map[id.ID]int{"a": 1}, 2, 9, "[a1 a2]", "[a3]"},
	} {
		taken, held := chat.Turns(c.due, c.running, c.perUser, c.n)
		if names(taken) != c.taken || names(held) != c.held {
			t.Errorf("%s: taken %s, held %s; want %s and %s", name, names(taken), names(held), c.taken, c.held)
		}
	}
}

// Whatever is due, nobody passes the bound, and nobody is kept back for another.
func TestTurnsOfACrowd(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		bound, running, waiting := 1+r.IntN(4), map[id.ID]int{}, map[id.ID]int{}
		var all []*chat.Reply
		for i := range r.IntN(40) {
			user := fmt.Sprint("user", r.IntN(5))
			all = append(all, due(user, fmt.Sprint("reply", i), r.IntN(9)))
			waiting[id.ID(user)]++
		}
		for user := range waiting {
			running[user] = r.IntN(bound + 1)
		}
		taken, held := chat.Turns(all, running, bound, len(all))
		got := map[id.ID]int{}
		for _, reply := range taken {
			got[reply.User]++
		}
		for user, n := range waiting {
			if want := min(n, bound-running[user]); got[user] != want {
				t.Errorf("seed %d: %d of %d taken beside %d with a bound of %d", seed, got[user], n, running[user], bound)
			}
		}
		if both := slices.Concat(taken, held); len(both) != len(all) {
			t.Errorf("seed %d: %d of %d taken or held", seed, len(both), len(all))
		}
	}
}
