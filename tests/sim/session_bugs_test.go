package sim

// sessionBugs are bugs in refresh tokens.
var sessionBugs = []bug{
	{
		name:  "a lost response logs the user out",
		file:  "core/session/rotation.go",
		right: "unused := n == r.Current-1",
		wrong: "unused := n == r.Current",
	},
	{
		name:  "each refresh makes another successor",
		file:  "core/session/rotation.go",
		right: "case n == r.Current:",
		wrong: "case n >= r.Current-1:",
	},
}
