package portstest

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
)

func (s *stage) followMissing() {
	all := words(6)
	s.announces(3)
	s.appends(2, 0, all...)
	for seen := range len(all) + 1 {
		v := s.follow(chat.Cursor{Rev: 2, Reply: s.reply, Fence: 2, Seq: seen}, all[:seen]...)
		v.until(s.reply, strings.Join(all, ""), 3)
		v.noResets()
		s.same(v.at, chat.Cursor{Rev: 3, Reply: s.reply, Fence: 2, Seq: 6})
	}
	v := s.follow(chat.Cursor{})
	v.until(s.reply, strings.Join(all, ""), 3)
	v.noResets()
}

func (s *stage) same(got, want chat.Cursor) {
	s.Helper()
	if got != want {
		s.Fatalf("the cursor is %+v, want %+v", got, want)
	}
}

// Each cursor on the way is a place to go on from.
func (s *stage) followRunning() {
	all := words(6)
	v := s.follow(chat.Cursor{})
	for i := range all {
		s.appends(1, i, all[i])
		s.announces(int64(i + 1))
		text := strings.Join(all[:i+1], "")
		v.until(s.reply, text, int64(i+1))
		s.same(v.at, chat.Cursor{Rev: int64(i + 1), Reply: s.reply, Fence: 1, Seq: i + 1})
		if i%2 == 0 {
			v = s.follow(v.at, text)
		}
	}
	s.appends(1, 0, all...)
	s.announces(10)
	v.until(s.reply, strings.Join(all, ""), 10)
	v.noResets()
}

func (s *stage) followRevisions() {
	s.announces(5)
	s.announces(4)
	early, late := s.follow(chat.Cursor{Rev: 2}), s.follow(chat.Cursor{Rev: 5})
	early.until("", "", 5)
	s.announces(3)
	s.announces(5)
	s.announces(9)
	early.until("", "", 9)
	if e := late.step(); e.Kind != chat.Changed || e.At.Rev != 9 {
		s.Fatalf("after revision 5 came %+v, want 9", e)
	}
}

func (s *stage) followReset() {
	s.appends(1, 0, "half ", "an ")
	running := s.follow(chat.Cursor{})
	running.until(s.reply, "half an ", 0)
	s.appends(2, 0, "whole ")
	s.appends(2, 1, "answer")
	away := s.follow(chat.Cursor{Reply: s.reply, Fence: 1, Seq: 1}, "half ")
	for _, v := range []*viewer{running, away} {
		if e := v.step(); e.Kind != chat.Reset || e.At.Reply != s.reply {
			s.Fatalf("a text was written anew and %+v told", e)
		}
		v.until(s.reply, "whole answer", 0)
		s.same(v.at, chat.Cursor{Reply: s.reply, Fence: 2, Seq: 2})
	}
}

// The log was lost and is written again from the start: the reader has text that is not in it.
func (s *stage) followForgotten() {
	s.appends(1, 0, "one ", "two ")
	v := s.follow(chat.Cursor{Reply: s.reply, Fence: 1, Seq: 3}, "one ", "two ", "three ")
	if e := v.step(); e.Kind != chat.Reset {
		s.Fatalf("a reader ahead of the text was told %+v", e)
	}
	v.until(s.reply, "one two ", 0)
	s.appends(1, 2, "three ", "four")
	v.until(s.reply, "one two three four", 0)
}

func (s *stage) followNext() {
	s.appends(1, 0, "first")
	running := s.follow(chat.Cursor{})
	running.until(s.reply, "first", 0)
	s.announces(4, s.reply)
	second := *s
	second.reply = freshID(s)
	second.appends(1, 0, "second")
	ended := s.follow(chat.Cursor{Reply: s.reply, Fence: 1, Seq: 3}, "fir")
	fresh := s.follow(chat.Cursor{})
	for _, v := range []*viewer{running, ended, fresh} {
		v.until(second.reply, "second", 4)
		s.same(v.at, chat.Cursor{Rev: 4, Reply: second.reply, Fence: 1, Seq: 1})
	}
	if fresh.text[s.reply] != "" || running.text[s.reply] != "first" || ended.text[s.reply] != "fir" {
		s.Fatalf("of a text that ended were told %q, %q and %q", fresh.text[s.reply], running.text[s.reply], ended.text[s.reply])
	}
}

// A worker may end a reply and die before it says so.
func (s *stage) followUnannounced() {
	s.appends(1, 0, "first")
	v := s.follow(chat.Cursor{})
	v.until(s.reply, "first", 0)
	second := *s
	second.reply = freshID(s)
	text := ""
	for i, word := range words(20) {
		second.appends(1, i, word)
		text += word
		v.until(second.reply, text, 0)
	}
	s.announces(1)
	v.until(second.reply, text, 1)
	if v.text[s.reply] != "first" || v.resets > 0 {
		s.Fatalf("the first reply reads %q after %d resets", v.text[s.reply], v.resets)
	}
	s.announces(2, s.reply)
	s.refuses(s.piece(1, 0, "first", "late"), chat.ErrLost)
	s.reads(second.reply, text)
}

func (s *stage) followApart() {
	other := *s
	other.room, other.reply = freshID(s), freshID(s)
	v := s.follow(chat.Cursor{})
	other.appends(1, 0, "other")
	other.announces(7)
	s.appends(1, 0, "this")
	s.announces(2)
	v.until(s.reply, "this", 2)
	s.reads(other.reply, "")
	if len(v.text[other.reply]) > 0 {
		s.Fatal("one room's text was told in another")
	}
}

func (s *stage) followStops() {
	s.announces(1)
	ctx, cancel := context.WithCancel(s.ctx)
	next, stop := iter.Pull2(s.Follow(ctx, s.room, chat.Cursor{}))
	defer stop()
	if _, err, more := next(); err != nil || !more {
		s.Fatalf("nothing was told (%v)", err)
	}
	cancel()
	for e, err, more := next(); more; e, err, more = next() {
		if err == nil {
			s.Fatalf("%+v after the context was over", e)
		}
	}
	for range s.Follow(s.ctx, s.room, chat.Cursor{}) {
		break
	}
}

// followRace has readers stop after every few events and go on from their cursor while the text is written.
func (s *stage) followRace() {
	all := words(200)
	errs := together(5, func(i int) error {
		if i == 0 {
			return s.write(all)
		}
		return s.readBits(strings.Join(all, ""), i)
	})
	for _, err := range errs {
		s.ok(err)
	}
}

func (s *stage) write(all []string) error {
	for i := range all {
		if err := s.Append(s.ctx, s.piece(1, i, all[i])); err != nil {
			return err
		}
	}
	return nil
}

// readBits reads the whole text, n events at a time.
func (s *stage) readBits(whole string, n int) error {
	text, at := "", chat.Cursor{}
	for text != whole {
		read := 0
		for e, err := range s.Follow(s.ctx, s.room, at) {
			if err != nil {
				return err
			}
			text, at = text+e.Text, e.At
			if read++; read == n || text == whole {
				break
			}
		}
		if read == 0 || !strings.HasPrefix(whole, text) {
			return fmt.Errorf("%d bytes read after %+v are not how the text begins", len(text), at)
		}
	}
	return nil
}
