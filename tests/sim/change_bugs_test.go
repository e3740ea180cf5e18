package sim

// changeBugs are bugs in cancelling, retrying and editing.
var changeBugs = []bug{
	{
		name:  "a cancel refunds although text was written",
		file:  "core/reply/refund.go",
		right: "status == chat.Cancelled && written == \"\"",
		wrong: "status == chat.Cancelled",
	},
	{
		name:  "a cancelled reply without text is not refunded",
		file:  "core/reply/refund.go",
		right: "|| status == chat.Cancelled && written == \"\"",
		wrong: "",
	},
	{
		name:  "a reply is done although it was cancelled",
		file:  "core/reply/outcome.go",
		right: "r.Cancelling && o.Status != chat.Cancelled",
		wrong: "r.Cancelling && o.Status == \"never\"",
	},
	{
		name:  "the cancel of a running reply refunds its unit",
		file:  "core/reply/cancel.go",
		right: "r.Cancelling = true\n\t\treturn nil",
		wrong: "r.Cancelling = true\n\t\tr.refundUnit(day, limit)\n\t\treturn nil",
	},
	{
		name:  "the second cancel refunds again",
		file:  "adapters/memory/message_changes_cancel.go",
		right: "err = m.Cancel(day, c.RefundLimit) })\n",
		wrong: "err = m.Cancel(day, c.RefundLimit) })\n\tif m.Status == chat.Cancelled && err != nil {\n" +
			"\t\ts.changeCount(unitOf(m), func(day *quota.Count) { day.Refund(c.RefundLimit) })\n\t}\n",
	},
	{
		name:  "a final reply can be cancelled",
		file:  "core/reply/cancel.go",
		right: "case r.Status.Final():",
		wrong: "case r.Status == chat.Cancelled:",
	},
	{
		name:  "a worker forgets a cancel when it cannot write the outcome",
		file:  "app/answer/cancel.go",
		right: "return s.finish(ctx, t, Result{Outcome: reply.CancelledOutcome(seen, s.config.RefundLimit)})",
		wrong: "result, _ := s.finish(ctx, t, Result{Outcome: reply.Outcome{Status: chat.Failed, Content: seen}})\n" +
			"\treturn result, nil",
	},
	{
		name:  "a retry does not hold its unit",
		file:  "core/reply/restart.go",
		right: "HoldsUnit: true",
		wrong: "HoldsUnit: false",
	},
	{
		name:  "a retry belongs to the day of the first attempt",
		file:  "core/reply/restart.go",
		right: "Day:       quota.DayOf(now)",
		wrong: "Day:       r.Day",
	},
	{
		name:  "a retry takes a unit before the reply is final",
		file:  "adapters/memory/message_changes.go",
		right: "if m != a.room.lastReply() || !m.Status.Final() {",
		wrong: "if m != a.room.lastReply() {",
	},
	{
		name:  "a reply that is not the last can be retried",
		file:  "adapters/memory/message_changes.go",
		right: "if m != a.room.lastReply() || !m.Status.Final() {",
		wrong: "if m.FromUser || !m.Status.Final() {",
	},
	{
		name:  "a message that is not the last can be edited",
		file:  "adapters/memory/message_changes.go",
		right: "last.InReplyTo != e.Prompt || !last.Status.Final()",
		wrong: "!last.Status.Final()",
	},
	{
		name:  "the replay of an edit returns the text of now",
		file:  "adapters/memory/asks.go",
		right: "\treturn first, true, nil",
		wrong: "\tif m := a.room.find(first.prompt.ID); m != nil {\n\t\tfirst.prompt = m.Message\n\t}\n" +
			"\treturn first, true, nil",
	},
	{
		name:  "fences start again with a retry",
		file:  "core/reply/restart.go",
		right: "Fence:     r.Fence",
		wrong: "Fence:     0",
	},
	{
		name:  "the earlier text of a reply is lost",
		file:  "adapters/memory/message_changes.go",
		right: "\tif ok {\n",
		wrong: "\tif ok && old.Status != chat.Cancelled {\n",
	},
	{
		name:  "a retried reply keeps its old text",
		file:  "core/reply/restart.go",
		right: "\trestarted.Content = \"\"\n",
		wrong: "",
	},
}
