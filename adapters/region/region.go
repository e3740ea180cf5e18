// Package region checks phone numbers with libphonenumber: whether a number is possible,
// and whether it belongs to an allowed country.
package region

import (
	"cmp"
	"errors"

	"github.com/nyaruka/phonenumbers"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	// ErrImpossible rejects a number that cannot exist.
	ErrImpossible = fault.InvalidField("mobile_number", "must be a possible number")
	// ErrUnsupportedCountry rejects a number outside the supported regions.
	ErrUnsupportedCountry = fault.InvalidField("mobile_number", "must be in a supported country")
)

// Filter accepts possible phone numbers of its regions.
type Filter struct {
	regions map[string]bool // empty: all regions
}

// New returns a Filter for regions, which are ISO 3166 codes such as "US". Without
// regions the Filter accepts possible numbers of all regions. New fails if a region is unknown.
func New(regions []string) (Filter, error) {
	f := Filter{map[string]bool{}}
	known := phonenumbers.GetSupportedRegions()
	for _, r := range regions {
		if !known[r] {
			return f, errors.New("must be ISO 3166 regions, separated by commas")
		}
		f.regions[r] = true
	}
	return f, nil
}

// Check returns nil for an accepted number. It fails with ErrImpossible, or with
// ErrUnsupportedCountry. If the Filter has regions, it rejects numbers whose region is
// not clear.
//
// Check accepts a number only in its canonical form. If it accepted the trunk prefix 0
// after the country code, many phones would have two numbers, and so two sets of rate limits.
func (f Filter) Check(n phone.Number) error {
	p, err := phonenumbers.Parse(n.String(), "ZZ")
	if err != nil || phonenumbers.IsPossibleNumberWithReason(p) != phonenumbers.IS_POSSIBLE ||
		phonenumbers.Format(p, phonenumbers.E164) != n.String() {
		return ErrImpossible
	}
	if len(f.regions) > 0 && !f.regions[phonenumbers.GetRegionCodeForNumber(p)] {
		return ErrUnsupportedCountry
	}
	return nil
}

// CountryOf returns the region of a number, such as "US", and "ZZ" if it is not clear.
func CountryOf(n phone.Number) string {
	p, err := phonenumbers.Parse(n.String(), "ZZ")
	if err != nil {
		return "ZZ"
	}
	return cmp.Or(phonenumbers.GetRegionCodeForNumber(p), "ZZ")
}
