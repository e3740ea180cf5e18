package boot

import (
	"io"
	mathrand "math/rand/v2"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/export"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// allPorts are the ports of the use cases, with the adapters that the configuration has chosen.
type allPorts struct {
	fx.In

	// accounts
	Users     ports.Users
	Passwords ports.Passwords
	Hasher    ports.Hasher
	Codes     ports.Codes
	SMS       ports.SMS
	Limiter   ports.Limiter
	Sessions  ports.Sessions
	Devices   ports.Devices
	Tokens    ports.Tokens
	Eraser    ports.Eraser
	Records   ports.AccountRecords

	// chat
	Rooms          ports.Rooms
	RoomVersions   ports.RoomVersions
	Messages       ports.Messages
	MessageChanges ports.MessageChanges
	Conversations  ports.Conversations
	MessageCounts  ports.MessageCounts
	Feed           ports.Feed
	Search         ports.Search
	Live           ports.Live
	LiveReader     ports.LiveReader

	// replies
	ReplyQueue    ports.ReplyQueue
	Wakeups       ports.Wakeups
	CancelSignals ports.CancelSignals
	Workers       ports.Workers
	LLM           ports.LLM
	TokenSpend    ports.TokenSpend

	// subscriptions
	Payments          ports.Payments
	Webhooks          ports.Webhooks
	WebhookLedger     ports.WebhookLedger
	Subscriptions     ports.Subscriptions
	CustomerDeletions ports.CustomerDeletions

	Retention ports.Retention
	Clock     ports.Clock
	Random    io.Reader
}

func newLogin(p allPorts, policy login.Policy, guard *login.CodeGuard) *login.Service {
	return login.New(login.Config{
		Users:         p.Users,
		Passwords:     p.Passwords,
		Codes:         p.Codes,
		MessageCounts: p.MessageCounts,
		Sessions:      p.Sessions,
		Devices:       p.Devices,
		Tokens:        p.Tokens,
		Hasher:        p.Hasher,
		SMS:           p.SMS,
		Limiter:       p.Limiter,
		Guard:         guard,
		Clock:         p.Clock,
		Random:        p.Random,
		Policy:        policy,
	})
}

func newProfile(p allPorts, plans plan.Plans, s secrets) *profile.Service {
	return profile.New(profile.Config{
		Users:         p.Users,
		MessageCounts: p.MessageCounts,
		Eraser:        p.Eraser,
		Rooms:         p.Rooms,
		Live:          p.Live,
		Clock:         p.Clock,
		Plans:         plans,
		NumberKey:     quota.NewNumberKey(s[0]),
	})
}

func newExport(p allPorts) *export.Service {
	return export.New(export.Config{
		Users:          p.Users,
		Records:        p.Records,
		Subscriptions:  p.Subscriptions,
		Messages:       p.Messages,
		MessageChanges: p.MessageChanges,
		Conversations:  p.Conversations,
		Limiter:        p.Limiter,
		Clock:          p.Clock,
	})
}

// loadMonitors decide whether new messages are refused because of the load.
type loadMonitors struct {
	fx.In

	Budget *talk.TokenBudgetMonitor
	Load   *talk.LoadMonitor
}

func newTalk(p allPorts, m loadMonitors, c configs.Config, plans plan.Plans) *talk.Service {
	return talk.New(talk.Config{
		Rooms:          p.Rooms,
		Messages:       p.Messages,
		MessageChanges: p.MessageChanges,
		Feed:           p.Feed,
		Search:         p.Search,
		Live:           p.Live,
		LiveReader:     p.LiveReader,
		Wakeups:        p.Wakeups,
		Users:          p.Users,
		Budget:         m.Budget,
		Load:           m.Load,
		MaxQueued:      c.UserBacklog,
		Limiter:        p.Limiter,
		Clock:          p.Clock,
		Random:         p.Random,
		Plans:          plans,
	})
}

func newSubscribe(p allPorts, plans plan.Plans, s *server) *subscribe.Service {
	return subscribe.New(subscribe.Config{
		Payments:          p.Payments,
		Webhooks:          p.Webhooks,
		Subscriptions:     p.Subscriptions,
		WebhookLedger:     p.WebhookLedger,
		CustomerDeletions: p.CustomerDeletions,
		MessageCounts:     p.MessageCounts,
		Limiter:           p.Limiter,
		Clock:             p.Clock,
		Plans:             plans,
		ReturnPages:       s.returnPages,
	})
}

func newAnswer(p allPorts, c configs.Config) *answer.Service {
	return answer.New(answer.Config{
		ReplyQueue:     p.ReplyQueue,
		Messages:       p.Messages,
		MessageChanges: p.MessageChanges,
		Conversations:  p.Conversations,
		Live:           p.Live,
		LLM:            p.LLM,
		Wakeups:        p.Wakeups,
		CancelSignals:  p.CancelSignals,
		TokenSpend:     p.TokenSpend,
		Clock:          p.Clock,
		Jitter:         mathrand.Float64,
		Budget:         chat.Budget{System: c.SystemPrompt, Tokens: c.HistoryTokens},
		PerUser:        c.UserConcurrency,
		RefundLimit:    c.DailyRefunds,
	})
}
