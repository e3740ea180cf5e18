package boot

import (
	"log/slog"

	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/ports"
)

// guardLog logs what a CodeGuard reports. enforced says whether it refuses requests, or only
// records which ones it would refuse (SMS_GUARD).
type guardLog struct {
	*slog.Logger
	enforced bool
}

// newCodeGuard returns the guard against SMS pumping.
func newCodeGuard(
	counts ports.CodeCounts, limiter ports.Limiter, c configs.Config, log *slog.Logger, m *metrics.Metrics,
) *login.CodeGuard {
	reports := guardLog{log, c.SMSGuard == configs.GuardEnforces}
	return login.NewCodeGuard(login.GuardConfig{
		Counts:       counts,
		Limiter:      limiter,
		Country:      region.CountryOf,
		Cap:          countryDailyCap(c),
		Enforce:      reports.enforced,
		OnRefusal:    func(rule login.GuardRule, enforced bool) { m.GuardRefusal(string(rule), enforced) },
		OnClosed:     reports.onClosed,
		OnWrongCodes: reports.onWrongCodes,
		OnError: func(err error) {
			log.Warn("counting the codes of countries failed: nothing is refused for that reason", "err", err)
		},
	})
}

// countryDailyCap returns the codes of a country and UTC day, 0 for no limit. Generous rate limits
// have none, because no SMS is sent.
func countryDailyCap(c configs.Config) int {
	if c.HasGenerousRateLimits() {
		return 0
	}
	return c.CountryDailyCap
}

func (l guardLog) onClosed(rule login.GuardRule, country string, day otp.CountryDay) {
	if rule == login.RuleCap {
		l.Error("the codes of a country for today are used up, or the part that unknown devices may use "+
			"(SMS_COUNTRY_DAILY_CAP)", "country", country)
		return
	}
	l.Error("sms guard: too many codes of a country expire unused; unknown devices get none until midnight UTC",
		"country", country,
		"unverified", day.Expired,
		"limit", day.Limit(),
		"verified_best_day", day.BestVerified,
		"enforced", l.enforced)
}

func (l guardLog) onWrongCodes(excessive bool, w otp.WrongCodes) {
	if !excessive {
		l.Info("sms guard: wrong codes are not excessive any more")
		return
	}
	l.Error("sms guard: too many wrong codes; networks of unknown devices may try one code a minute",
		"last_hour", w.LastHour,
		"limit", w.Limit(),
		"verified_best_day", w.BestVerified,
		"enforced", l.enforced)
}
