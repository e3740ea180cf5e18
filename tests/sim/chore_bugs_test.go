package sim

// choreBugs are bugs in titles and summaries. The tests of core/chat find those in the choice of
// messages that a summary covers.
var choreBugs = []bug{
	{
		name:  "a summary forgets the earlier one",
		file:  "core/chat/summary.go",
		right: "if h.Summary.Text != \"\" {",
		wrong: "if h.Summary.Text == \"never\" {",
	},
	{
		name:  "the model does not get the summary",
		file:  "core/chat/summary.go",
		right: "if content == \"\" {",
		wrong: "if content != \"\" {",
	},
	{
		name:  "the history starts before the end of the summary",
		file:  "adapters/memory/conversations.go",
		right: "r.indexOf(r.summary.Through+1)",
		wrong: "r.indexOf(r.summary.Through)",
	},
	{
		name:  "a title replaces the name that the user has chosen",
		file:  "adapters/memory/conversations.go",
		right: "if r.Name != \"\" {",
		wrong: "if r.Name == \"never\" {",
	},
	{
		name:  "a failed answer makes a title",
		file:  "app/answer/chores.go",
		right: "if o.Status != chat.Done {",
		wrong: "if !o.Status.Final() {",
	},
	{
		name:  "a chore is repeated when it fails",
		file:  "adapters/worker/chores.go",
		right: "stored, err := w.config.Answers.DoChore(ctx, c)\n",
		wrong: "stored, err := w.config.Answers.DoChore(ctx, c)\n" +
			"\tif err != nil {\n\t\tstored, err = w.config.Answers.DoChore(ctx, c)\n\t}\n",
	},
}
