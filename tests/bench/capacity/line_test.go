package capacity

// line has the users of one plan who can be served now. It is a heap: the next user is the first.
type line []*user

// isBefore reports whether a is served before b, if each is the first user of the plan.
func isBefore(a, b *user) bool {
	if a.turn.Before(&b.turn) {
		return true
	}
	return !b.turn.Before(&a.turn) && a.number < b.number
}

// Len implements heap.Interface.
func (l line) Len() int { return len(l) }

// Less implements heap.Interface.
func (l line) Less(i, j int) bool { return isBefore(l[i], l[j]) }

// Swap implements heap.Interface.
func (l line) Swap(i, j int) {
	l[i], l[j] = l[j], l[i]
	l[i].index = i
	l[j].index = j
}

// Push implements heap.Interface.
func (l *line) Push(x any) {
	u := x.(*user)
	u.index = len(*l)
	*l = append(*l, u)
}

// Pop implements heap.Interface.
func (l *line) Pop() any {
	last := len(*l) - 1
	u := (*l)[last]
	u.index = -1
	*l = (*l)[:last]
	return u
}

// attempts has the messages that are being answered. It is a heap: the first ends first.
type attempts []*message

// Len implements heap.Interface.
func (a attempts) Len() int { return len(a) }

// Less implements heap.Interface.
func (a attempts) Less(i, j int) bool { return a[i].ended() < a[j].ended() }

// Swap implements heap.Interface.
func (a attempts) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *attempts) Push(x any) { *a = append(*a, x.(*message)) }

// Pop implements heap.Interface.
func (a *attempts) Pop() any {
	last := len(*a) - 1
	m := (*a)[last]
	*a = (*a)[:last]
	return m
}
