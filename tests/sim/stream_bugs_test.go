package sim

// streamBugs are bugs in what followers see.
var streamBugs = []bug{
	{
		name:  "the end of an answer is not written",
		file:  "app/answer/delta_writer.go",
		right: "\tw.waiting = true // a timer that has already fired must not flush\n",
		wrong: "\tw.waiting = true\n\tw.pending = nil\n",
	},
	{
		name:  "the end of an answer is no delta",
		file:  "app/answer/delta_writer.go",
		right: "\tw.waiting = true // a timer that has already fired must not flush\n\tw.flush(ctx)\n",
		wrong: "\tw.waiting = true\n",
	},
	{
		name:  "deltas that the live log has lost are not repeated",
		file:  "app/answer/delta_writer.go",
		right: "err = w.appendFrom(ctx, 0)",
		wrong: "err = nil",
	},
	{
		name:  "followers see text that is written after a cancel",
		file:  "adapters/memory/live.go",
		right: "r := l.room(roomID)\n\tr.remember(a)",
		wrong: "r := l.room(roomID)",
	},
	{
		name:  "followers get deltas before the change that belongs to them",
		file:  "adapters/memory/live_room.go",
		right: "\t\tevents = append(events, chat.Event{Kind: chat.Changed, At: at})\n",
		wrong: "\t\tdefer func() { events = append(events, chat.Event{Kind: chat.Changed, At: at}) }()\n",
	},
	{
		name:  "the text of a new attempt follows that of the old one",
		file:  "adapters/memory/live_room.go",
		right: "if outdated {",
		wrong: "if outdated && at.Rev < 0 {",
	},
	{
		name:  "a cursor does not say how much text a client has",
		file:  "adapters/httpapi/cursor.go",
		right: "formatCount(c.Fence), formatCount(int64(c.Seq))",
		wrong: "formatCount(c.Fence), formatCount(0)",
	},
	{
		name:  "the cursor of a page does not say how much text the page has",
		file:  "app/talk/read.go",
		right: "\t\t\tm.Content = text.Text()\n\t\t\tp.Cursor = p.Cursor.WithText(text)\n",
		wrong: "\t\t\tm.Content = text.Text()\n",
	},
	{
		name:  "an older cursor wins over Last-Event-ID",
		file:  "adapters/httpapi/events.go",
		right: "if in.LastEventID != \"\" {",
		wrong: "if in.LastEventID != \"\" && in.After == \"\" {",
	},
	{
		name:  "the position in all rooms moves before its changes were sent",
		file:  "app/talk/watch_rooms_changes.go",
		right: "\tfor _, roomID := range changes.Deleted {\n",
		wrong: "\tf.at.Position = changes.At\n\tfor _, roomID := range changes.Deleted {\n",
	},
	{
		name:  "the changes of all rooms leave out deleted rooms",
		file:  "adapters/memory/feed.go",
		right: "if d.changed > since.Since && ",
		wrong: "if d.changed > since.Since+10 && ",
	},
	{
		name:  "the changes of all rooms leave out changed messages",
		file:  "adapters/memory/feed.go",
		right: "c.room.unchangedRev(since.Since)",
		wrong: "c.room.unchangedRev(since.Since) + 1",
	},
	{
		name:  "the stream of a message does not end",
		file:  "app/talk/watch_room.go",
		right: "if !yield(u, err) || u.Kind == ReplyEnded {",
		wrong: "if !yield(u, err) {",
	},
	{
		name:  "followers rely on announcements alone",
		file:  "app/talk/watch_room.go",
		right: "goOn, err = v.changes(ctx, yield)\n\tif !goOn || err != nil {",
		wrong: "goOn = true\n\tif v.cursor.Rev == 0 {\n\t\tgoOn, err = v.changes(ctx, yield)\n\t}\n" +
			"\tif !goOn || err != nil {",
	},
}
