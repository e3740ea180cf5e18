package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// acceptAndAnswer adds a message with an answer to the fixture's room. It returns requests
// to edit the message and to retry the answer, both with the idempotency key and limit of d.
func (f *fixture) acceptAndAnswer(d chat.Draft) (chat.Edit, chat.Retry) {
	f.Helper()
	sent := d
	sent.Key = ""
	f.accept(sent)
	tasks := f.claim(1, 0)
	f.finishAll(f.Context(), tasks)
	edit := chat.Edit{Ask: d.Ask, Prompt: d.Prompt, Text: "Bats?"}
	edit.RequestHash = chat.HashEdit(edit.Prompt, edit.Text)
	retry := chat.Retry{Ask: d.Ask, Reply: d.Reply}
	retry.RequestHash = chat.HashRetry(retry.Reply)
	return edit, retry
}

// startEdit edits a message in the background, in another process.
func (f *fixture) startEdit(e chat.Edit) (wait func() (chat.Accepted, error)) {
	f.Helper()
	process := f.elsewhere()
	return start(func() (chat.Accepted, error) { return process.MessageChanges.Edit(f.Context(), e) })
}

func TestChangesFailAfterTheLockTimeout(t *testing.T) {
	f := newFixture(t, "lock_timeout=200ms")
	edit, retry := f.acceptAndAnswer(f.draft("a", 5))
	release := f.holdLocks(lockRoom, f.room.ID)
	for _, key := range []string{"a", ""} {
		edit.Key = key
		retry.Key = key
		_, editErr := f.MessageChanges.Edit(t.Context(), edit)
		_, retryErr := f.MessageChanges.Retry(t.Context(), retry)
		for _, err := range []error{editErr, retryErr} {
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("error with the key %q = %v, want ports.ErrUnavailable", key, err)
			}
		}
	}
	release()
	_, err := f.MessageChanges.Edit(t.Context(), edit)
	f.noError(err)
}

// Deleting an account locks the user before the room, too. Another order could deadlock.
func TestChangesLockTheUserBeforeTheRoom(t *testing.T) {
	f := newFixture(t)
	edit, _ := f.acceptAndAnswer(f.draft("", 5))
	release := f.holdLocks(`SELECT FROM users WHERE id = $1 FOR UPDATE`, f.room.Owner)
	wait := f.startEdit(edit)
	deletion := start(func() (bool, error) { return true, f.Rooms.Delete(f.Context(), f.room.Owner, f.room.ID) })
	f.waitForBlocked(2)
	f.exec(`SELECT FROM rooms WHERE id = '` + string(f.room.ID) + `' FOR UPDATE NOWAIT`)
	release()
	if _, err := wait(); err != nil && !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("Edit error = %v, want nil or chat.ErrNotFound", err)
	}
	_, err := deletion()
	f.noError(err)
}

// A message and an edit in two rooms use the same key and need the last unit of the quota.
// The second one must fail because of the key.
func TestMismatchComesBeforeAnExhaustedQuota(t *testing.T) {
	f := newFixture(t)
	edit, _ := f.acceptAndAnswer(f.draft("a", 2))
	draft := f.draft("a", 2)
	draft.Room = f.newRoom(f.room.Owner).ID
	release := f.holdLocks(`SELECT FROM sent WHERE user_id = $1 FOR UPDATE`, f.room.Owner)
	waitForAccept, waitForEdit := f.startAccept(draft), f.startEdit(edit)
	f.waitForBlocked(2)
	release()
	_, acceptErr := waitForAccept()
	_, editErr := waitForEdit()
	if errors.Is(acceptErr, chat.ErrMismatch) == errors.Is(editErr, chat.ErrMismatch) ||
		acceptErr != nil && editErr != nil {
		t.Errorf("errors = %v and %v, want nil and chat.ErrMismatch", acceptErr, editErr)
	}
	f.wantCount("count of messages", 2, `SELECT n FROM sent`)
	f.wantCount("keys", 1, `SELECT count(*) FROM keys`)
}

func (f *fixture) cancel(task reply.Task) (ports.Cancelled, error) {
	return f.MessageChanges.Cancel(f.Context(), ports.Cancel{
		Owner: task.User,
		Room:  task.Room,
		Reply: task.Reply,
		Now:   noon,
	})
}

// Finish waits for the room while the reply is cancelled. It must not write an answer.
func TestFinishSeesACancelDuringItsWait(t *testing.T) {
	f := newFixture(t)
	task := f.acceptAndClaim()
	release := f.holdLocks(lockRoom, f.room.ID)
	finish := f.startFinish(task, reply.Outcome{Status: chat.Done, Content: "Hoo."})
	f.waitForBlocked(1)
	f.exec(`UPDATE messages SET cancelling = true WHERE id = $1`, task.Reply)
	release()
	if _, err := finish(); !errors.Is(err, reply.ErrCancelled) {
		t.Errorf("Finish error = %v, want reply.ErrCancelled", err)
	}
	_, err := f.ReplyQueue.Finish(f.Context(), task.Reply, task.Fence, reply.CancelledOutcome("H", 10), noon)
	f.noError(err)
}

// A renewal does not lock the room, so only the lock on the message keeps the lease as Cancel has read it.
func TestCancelWaitsForARenewal(t *testing.T) {
	f := newFixture(t)
	task := f.acceptAndClaim()
	f.exec(`UPDATE messages SET lease = $2 WHERE id = $1`, task.Reply, noon.Add(-time.Second))
	commit, _ := f.transaction(`UPDATE messages SET lease = $2 WHERE id = $1`, task.Reply, noon.Add(time.Second))
	cancel := start(func() (ports.Cancelled, error) { return f.cancel(task) })
	f.waitForBlocked(1)
	commit()
	if cancelled, err := cancel(); err != nil || cancelled.Expired || cancelled.Reply.Status != chat.Running {
		t.Errorf("Cancel = %+v, %v, want a running reply whose lease was renewed", cancelled, err)
	}
}

// The previous version of the program does not know the column cancelling. It may answer a
// reply that its user has cancelled, or queue it for another attempt.
func TestPreviousVersionFinishesACancelledReply(t *testing.T) {
	const finishOfPreviousVersion = `UPDATE messages SET status = $2, lease = NULL, owner = NULL WHERE id = $1`
	f := newFixture(t)
	d := f.draft("", 5)
	f.accept(d)
	task := f.claim(1, 0)[0]
	_, err := f.cancel(task)
	f.noError(err)
	f.exec(finishOfPreviousVersion, task.Reply, chat.Queued)
	task = f.claimAt(noon.Add(time.Second), 1)[0] // after a repair
	if !task.Cancelling {
		t.Errorf("task = %+v, want a cancelled one", task)
	}
	f.exec(finishOfPreviousVersion, task.Reply, chat.Done)
	_, err = f.MessageChanges.Retry(t.Context(), chat.Retry{Ask: d.Ask, Reply: d.Reply})
	f.noError(err)
	task = f.claimAt(noon.Add(2*time.Second), 1)[0]
	if task.Cancelling {
		t.Errorf("task after Retry = %+v, want one that is not cancelled", task)
	}
	f.finishAll(t.Context(), []reply.Task{task})
}
