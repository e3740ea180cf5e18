package fake_test

import (
	"testing"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestHasher(t *testing.T) {
	portstest.Hasher(t, func(*testing.T) ports.Hasher { return new(fake.Hasher) })
}
