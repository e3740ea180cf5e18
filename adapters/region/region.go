// Package region knows by libphonenumber's tables which numbers there can be, and where.
package region

import (
	"errors"

	"github.com/nyaruka/phonenumbers"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	// ErrImpossible refuses a number that no phone has.
	ErrImpossible = fault.Breaks("mobile_number", "must be a possible number")
	// ErrElsewhere refuses a number of a country that is not served.
	ErrElsewhere = fault.Breaks("mobile_number", "must be of a country we serve")
)

// Served admits numbers of these regions, ISO 3166 codes such as "US"; none means every region.
type Served struct{ regions map[string]bool }

// New fails for what is no region.
func New(regions []string) (Served, error) {
	s := Served{map[string]bool{}}
	known := phonenumbers.GetSupportedRegions()
	for _, r := range regions {
		if !known[r] {
			return s, errors.New("must be ISO 3166 regions, separated by commas")
		}
		s.regions[r] = true
	}
	return s, nil
}

// Admits fails with ErrImpossible or ErrElsewhere. A number is in one spelling
// possible only: a trunk 0 after the country's code would be the same phone under
// other budgets. One whose region is not clear is elsewhere.
func (s Served) Admits(n phone.Number) error {
	p, err := phonenumbers.Parse(n.String(), "ZZ")
	if err != nil || phonenumbers.IsPossibleNumberWithReason(p) != phonenumbers.IS_POSSIBLE ||
		phonenumbers.Format(p, phonenumbers.E164) != n.String() {
		return ErrImpossible
	}
	if len(s.regions) > 0 && !s.regions[phonenumbers.GetRegionCodeForNumber(p)] {
		return ErrElsewhere
	}
	return nil
}
