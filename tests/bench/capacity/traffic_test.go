package capacity

import "time"

// message is a message of a user, and what happened to it. All times are since the start of the
// simulation.
type message struct {
	user      int
	headStart time.Duration // of the user's plan
	sent      time.Duration
	latency   time.Duration // how long the model takes for the answer

	refused bool
	claimed time.Duration
}

func (m *message) wait() time.Duration  { return m.claimed - m.sent }
func (m *message) ended() time.Duration { return m.claimed + m.latency }

// traffic says who sends messages, and how long their answers take.
type traffic struct {
	seed     uint64
	users    int // each message comes from a random one of them
	proEvery int // every nth user has Pro; 0 for no Pro users
	latency  func(source) time.Duration
}

// newTraffic returns the traffic of very many users, so that practically each message comes from another
// one. A fifth of them has Pro.
func newTraffic(m model) traffic {
	return traffic{seed: 1, users: 1_000_000_000, proEvery: 5, latency: m.latency}
}

// phase is a period in which messages arrive at random with a constant mean rate (Poisson).
type phase struct {
	length   time.Duration
	rate     float64 // messages a second
	together int     // further messages that arrive together when the phase starts
}

// messages returns the messages of consecutive phases in the order in which they are sent.
func (t traffic) messages(phases ...phase) (all []*message) {
	s := newSource(t.seed)
	var start time.Duration
	for _, p := range phases {
		end := start + p.length
		for range p.together {
			all = append(all, t.message(s, start))
		}
		between := time.Duration(float64(time.Second) / p.rate)
		for at := start + s.exponential(between); at < end; at += s.exponential(between) {
			all = append(all, t.message(s, at))
		}
		start = end
	}
	return all
}

// message returns a message of a random user.
func (t traffic) message(s source, sent time.Duration) *message {
	m := &message{user: s.below(t.users), sent: sent, latency: t.latency(s)}
	if t.proEvery > 0 && m.user%t.proEvery == 0 {
		m.headStart = pro
	}
	return m
}
