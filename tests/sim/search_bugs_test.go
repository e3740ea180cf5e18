package sim

// searchBugs are bugs in the search.
var searchBugs = []bug{
	{
		name:  "a search depends on the case of the query",
		file:  "core/text/query.go",
		right: "Fold(strings.TrimSpace(s))",
		wrong: "strings.TrimSpace(s)",
	},
	{
		name:  "a search finds every message",
		file:  "core/chat/search.go",
		right: "m.inConversation() && q.Text.IsIn(m.Content)",
		wrong: "m.inConversation()",
	},
}
