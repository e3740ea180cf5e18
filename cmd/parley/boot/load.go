package boot

import (
	"log/slog"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// newTokenBudgetMonitor returns a monitor that logs when the token budget of the day
// (LLM_DAILY_TOKENS) is exhausted, and when it is available again.
func newTokenBudgetMonitor(spend ports.TokenSpend, c configs.Config, log *slog.Logger) *talk.TokenBudgetMonitor {
	return talk.NewTokenBudgetMonitor(spend, c.DailyTokens, func(exhausted bool, tokens int64) {
		if exhausted {
			log.Error("daily token budget exhausted: messages are refused until the next UTC day (LLM_DAILY_TOKENS)",
				"tokens", tokens, "limit", int64(c.DailyTokens))
			return
		}
		log.Info("daily token budget available again: messages are accepted (LLM_DAILY_TOKENS)")
	})
}

// newLoadMonitor returns a monitor that logs when new replies would wait too long, and when
// they would not any more.
func newLoadMonitor(queue ports.ReplyQueue, workers ports.Workers, log *slog.Logger) *talk.LoadMonitor {
	return talk.NewLoadMonitor(queue, workers, func(overloaded bool, l reply.Load) {
		if !overloaded {
			log.Info("overload ended: messages are accepted")
			return
		}
		wait, _ := l.Wait()
		log.Error("overload: new messages are refused, because they would wait too long for an answer",
			"wait_s", int(wait.Seconds()),
			"max_wait_s", int(reply.MaxWait.Seconds()),
			"users_ahead", l.UsersAhead,
			"slots", l.Slots,
			"finished_last_minute", l.Finished)
	})
}
