package sim

// answerBugs are bugs in accepting, scheduling and answering messages.
var answerBugs = []bug{
	{
		name:  "the fence is not checked",
		file:  "core/reply/lease.go",
		right: "r.Status != chat.Running || r.Fence != fence",
		wrong: "r.Status != chat.Running",
	},
	{
		name:  "nothing is refunded",
		file:  "core/reply/outcome.go",
		right: "return r.refundUnit(day, o.RefundLimit), nil",
		wrong: "return false, nil",
	},
	{
		name:  "a unit is refunded twice",
		file:  "core/quota/refund.go",
		right: "c.Used--",
		wrong: "c.Used -= 2",
	},
	{
		name:  "a unit is refunded to the wrong day",
		file:  "adapters/memory/message_counts.go",
		right: "countKey{user: m.User, day: m.Day}",
		wrong: "countKey{user: m.User, day: m.Day + 1}",
	},
	{
		name:  "one refund over the limit",
		file:  "core/quota/refund.go",
		right: "refunded < int(l)",
		wrong: "refunded <= int(l)",
	},
	{
		name:  "refunds are not counted",
		file:  "core/quota/refund.go",
		right: "\tc.Refunded++\n",
		wrong: "",
	},
	{
		name:  "the newest prompt of a room is answered first",
		file:  "core/reply/next_in_room.go",
		right: "r.Born < head.Born",
		wrong: "r.Born > head.Born",
	},
	{
		name:  "a reply that waits for its retry does not block its room",
		file:  "core/reply/next_in_room.go",
		right: "!r.Status.Final() && (",
		wrong: "!r.Status.Final() && (r.Status == \"running\" || !now.Before(r.Due)) && (",
	},
	{
		name:  "a room has two running replies",
		file:  "core/reply/next_in_room.go",
		right: "!r.Status.Final() && (",
		wrong: "!r.Status.Final() && (r.Status == \"queued\" || !now.Before(r.LeaseExpires)) && (",
	},
	{
		name:  "one message over the limit",
		file:  "core/quota/quota.go",
		right: "used < int(l)",
		wrong: "used <= int(l)",
	},
	{
		name:  "idempotency keys are ignored",
		file:  "adapters/memory/asks.go",
		right: "a.Key == \"\" || !found",
		wrong: "a.Key != \"never\" || !found",
	},
	{
		name:  "the message counts on the next day",
		file:  "adapters/memory/asks.go",
		right: "s.changeCount(today(a.Ask), ",
		wrong: "s.changeCount(countKey{user: a.User, day: quota.DayOf(a.Now) + 1}, ",
	},
	{
		name:  "Pro has the limit of Basic",
		file:  "adapters/memory/asks.go",
		right: "if u.IsPro(a.Now)",
		wrong: "if !u.IsPro(a.Now)",
	},
	{
		name:  "the sweep claims nothing",
		file:  "adapters/worker/sweep.go",
		right: "\tw.claimForFreeSlots(ctx, attemptCtx)\n\tw.logError",
		wrong: "\tw.logError",
	},
	{
		name:  "the replies of a deleted room stay in the queue",
		file:  "adapters/memory/rooms.go",
		right: "delete(s.unfinished, p.ID)",
		wrong: "_ = p",
	},
	{
		name:  "the model sees fallback texts",
		file:  "core/chat/history.go",
		right: "m.Status == Done || m.Status == Cancelled",
		wrong: "m.Status == Done || m.Status == Failed || m.Status == Cancelled",
	},
	{
		name:  "a webhook is ignored at first",
		file:  "app/subscribe/webhook.go",
		right: "err != nil || applied",
		wrong: "err != nil || !applied",
	},
	{
		name:  "a lease never expires",
		file:  "core/reply/lease.go",
		right: "r.Status == chat.Running && !now.Before(r.LeaseExpires)",
		wrong: "false",
	},
	{
		name:  "one running reply over the user's limit",
		file:  "core/reply/schedule.go",
		right: "q.Running[userID]+started[userID] < perUser",
		wrong: "q.Running[userID]+started[userID] <= perUser",
	},
	{
		name:  "the user's limit ignores running replies",
		file:  "adapters/memory/reply_queue.go",
		right: "count[m.User]++",
		wrong: "count[m.User] += 0",
	},
	{
		name:  "an answer that was cut off counts as complete",
		file:  "app/answer/answer.go",
		right: "if err == nil {\n\t\treturn Result{Outcome",
		wrong: "if err == nil || text != \"\" {\n\t\treturn Result{Outcome",
	},
}
