package stripe

import sdk "github.com/stripe/stripe-go/v76"

// Hasten takes the pauses out from between the tries of a call.
func (a *Account) Hasten() { a.backend.(*sdk.BackendImplementation).SetNetworkRetriesSleep(false) }
