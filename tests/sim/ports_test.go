package sim

import (
	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
)

// faultyPorts wraps every port so that its calls fail at random.
func (p *process) faultyPorts() []boot.Option {
	return []boot.Option{
		boot.Wrap(func(in ports.Users) ports.Users { return users{in, p} }),
		boot.Wrap(func(in ports.Codes) ports.Codes { return codes{in, p} }),
		boot.Wrap(func(in ports.CodeCounts) ports.CodeCounts { return codeCounts{in, p} }),
		boot.Wrap(func(in ports.SMS) ports.SMS { return sms{in, p} }),
		boot.Wrap(func(in ports.Limiter) ports.Limiter { return limiter{in, p} }),
		boot.Wrap(func(in ports.Sessions) ports.Sessions { return sessions{in, p} }),
		boot.Wrap(func(in ports.Rooms) ports.Rooms { return rooms{in, p} }),
		boot.Wrap(func(in ports.Messages) ports.Messages { return messages{in, p} }),
		boot.Wrap(func(in ports.MessageChanges) ports.MessageChanges { return messageChanges{in, p} }),
		boot.Wrap(func(in ports.Conversations) ports.Conversations { return conversations{in, p} }),
		boot.Wrap(func(in ports.Feed) ports.Feed { return feed{in, p} }),
		boot.Wrap(func(in ports.Search) ports.Search { return search{in, p} }),
		boot.Wrap(func(in ports.MessageCounts) ports.MessageCounts { return messageCounts{in, p} }),
		boot.Wrap(func(in ports.TokenSpend) ports.TokenSpend { return tokenSpend{in, p} }),
		boot.Wrap(func(in ports.ReplyQueue) ports.ReplyQueue { return replyQueue{in, p} }),
		boot.Wrap(func(in ports.Workers) ports.Workers { return workers{in, p} }),
		boot.Wrap(func(in ports.Wakeups) ports.Wakeups { return wakeups{in, p} }),
		boot.Wrap(func(ports.Live) ports.Live { return live{p} }),
		boot.Wrap(func(ports.LiveReader) ports.LiveReader { return liveReader{p} }),
		boot.Wrap(func(ports.CancelSignals) ports.CancelSignals { return cancelSignals{p} }),
		boot.Wrap(func(ports.LLM) ports.LLM { return model{p} }),
		boot.Wrap(func(in ports.Payments) ports.Payments { return payments{in, p} }),
		boot.Wrap(func(in ports.Subscriptions) ports.Subscriptions { return subscriptions{in, p} }),
		boot.Wrap(func(in ports.WebhookLedger) ports.WebhookLedger { return webhookLedger{in, p} }),
		boot.Wrap(func(in ports.Retention) ports.Retention { return retention{in, p} }),
	}
}

// Ports with faults. A method that the type does not define has no faults.
type (
	users struct {
		ports.Users
		p *process
	}
	codes struct {
		ports.Codes
		p *process
	}
	codeCounts struct {
		ports.CodeCounts
		p *process
	}
	sms struct {
		ports.SMS
		p *process
	}
	limiter struct {
		ports.Limiter
		p *process
	}
	sessions struct {
		ports.Sessions
		p *process
	}
	rooms struct {
		ports.Rooms
		p *process
	}
	messages struct {
		ports.Messages
		p *process
	}
	messageChanges struct {
		ports.MessageChanges
		p *process
	}
	feed struct {
		ports.Feed
		p *process
	}
	search struct {
		ports.Search
		p *process
	}
	messageCounts struct {
		ports.MessageCounts
		p *process
	}
	tokenSpend struct {
		ports.TokenSpend
		p *process
	}
	replyQueue struct {
		ports.ReplyQueue
		p *process
	}
	workers struct {
		ports.Workers
		p *process
	}
	retention struct {
		ports.Retention
		p *process
	}
	wakeups struct {
		ports.Wakeups
		p *process
	}
	cancelSignals struct{ p *process }
	payments      struct {
		ports.Payments
		p *process
	}
	subscriptions struct {
		ports.Subscriptions
		p *process
	}
	webhookLedger struct {
		ports.WebhookLedger
		p *process
	}
)
