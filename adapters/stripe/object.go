package stripe

import (
	"slices"

	sdk "github.com/stripe/stripe-go/v76"
)

// object is a response of Stripe. It has the fields that this package reads from
// objects and lists of any type. The types of the SDK support only one API version, and
// its list iterators panic on a page without data.
type object struct {
	sdk.APIResource
	ID      string   `json:"id"`
	URL     string   `json:"url"`
	Deleted bool     `json:"deleted"`
	Data    []object `json:"data"` // of a list, newest first
	HasMore bool     `json:"has_more"`
	subscriptionFields
}

// isResponseTo reports whether the object is a valid response to a request with these
// params: a list of objects with ids for a list or search request, else an object with
// an id.
func (o object) isResponseTo(params sdk.ParamsContainer) bool {
	switch params.(type) {
	case sdk.ListParamsContainer, sdk.SearchParamsContainer:
		return o.Data != nil && !slices.ContainsFunc(o.Data, func(element object) bool { return element.ID == "" })
	}
	return o.ID != ""
}
