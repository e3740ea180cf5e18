package stripe

import sdk "github.com/stripe/stripe-go/v76"

// DisableRetryPauses removes the pauses between the attempts of a call.
func (p *Payments) DisableRetryPauses() {
	p.backend.(*sdk.BackendImplementation).SetNetworkRetriesSleep(false)
}
