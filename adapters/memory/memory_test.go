package memory_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestStorage(t *testing.T) {
	portstest.Storage(t, func(*testing.T) portstest.Stores { return stores(memory.New()) })
}

func TestLimiter(t *testing.T) {
	portstest.Limiter(t, func(*testing.T) ports.Limiter { return memory.NewLimiter() })
}

func stores(s *memory.Store) portstest.Stores {
	return portstest.Stores{
		Users:             memory.Users{Store: s},
		Passwords:         memory.Passwords{Store: s},
		Codes:             memory.Codes{Store: s},
		CodeCounts:        memory.CodeCounts{Store: s},
		Sessions:          memory.Sessions{Store: s},
		Devices:           memory.Devices{Store: s},
		Rooms:             memory.Rooms{Store: s},
		Messages:          memory.Messages{Store: s},
		MessageChanges:    memory.MessageChanges{Store: s},
		Conversations:     memory.Conversations{Store: s},
		Feed:              memory.Feed{Store: s},
		Search:            memory.Search{Store: s},
		MessageCounts:     memory.MessageCounts{Store: s},
		TokenSpend:        memory.TokenSpend{Store: s},
		ReplyQueue:        memory.ReplyQueue{Store: s},
		Workers:           memory.Workers{Store: s},
		Subscriptions:     memory.Subscriptions{Store: s},
		WebhookLedger:     memory.WebhookLedger{Store: s},
		Retention:         memory.Retention{Store: s},
		Eraser:            memory.Eraser{Store: s},
		Erasures:          memory.Erasures{Store: s},
		CustomerDeletions: memory.CustomerDeletions{Store: s},
		AccountRecords:    memory.AccountRecords{Store: s},
	}
}
