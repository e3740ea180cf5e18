package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/phone"
)

// SMS sends short texts. A sender may also implement the optional methods that
// courier.Sender in adapters/courier documents.
type SMS interface {
	// Send returns nil once the provider has accepted the text. Delivery may still fail.
	// Send calls the provider once and does not retry. It does not follow redirects,
	// because they would send the text to another server. Neither an error nor one that it
	// wraps contains the text or the number.
	//
	// Send fails with
	//   - ctx's error when ctx is done,
	//   - an error of the kind fault.Invalid when the number cannot receive texts,
	//   - an error of the kind fault.Refused when a retry cannot help, for example with a
	//     wrong API key,
	//   - any other error when a retry may help. It has the kind fault.Unavailable and a
	//     RetryAfter if the provider asks for a wait.
	Send(ctx context.Context, to phone.Number, text string) error
}
