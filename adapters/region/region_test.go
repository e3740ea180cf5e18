package region_test

import (
	"slices"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

func TestCheck(t *testing.T) {
	all, some := []string{}, []string{"US", "IN"}
	for _, c := range []struct {
		number  string
		regions []string
		want    error
	}{
		{"+12125550123", all, nil},
		{"+919876543210", all, nil},
		{"+88213123456", all, nil},                                           // satellite phone, no country
		{"+12000010000", all, nil},                                           // possible, but not assigned
		{"+1234567890", all, region.ErrImpossible},                           // one digit too few
		{"+121255501234", all, region.ErrImpossible},                         // one digit too many
		{"+12345678", all, region.ErrImpossible},                             // without area code
		{"+99999999999", all, region.ErrImpossible},                          // unknown country code
		{"+4407911123456", all, region.ErrImpossible},                        // with the trunk prefix 0
		{"+390612345678", all, nil},                                          // Italy: the 0 is part of the number
		{"+12125550123", some, nil},                                          // US
		{"+919876543210", some, nil},                                         // India
		{"+447400123456", some, region.ErrUnsupportedCountry},                // United Kingdom
		{"+14165550123", some, region.ErrUnsupportedCountry},                 // Canada, same country code as US
		{"+18095550123", some, region.ErrUnsupportedCountry},                 // expensive, same country code as US
		{"+88213123456", some, region.ErrUnsupportedCountry},                 // no country
		{"+12000010000", some, region.ErrUnsupportedCountry},                 // the country is not clear
		{"+1234567890", some, region.ErrImpossible},                          // the more helpful of two errors
		{"+447400123456", []string{"GB"}, nil},                               // United Kingdom
		{"+12125550123", []string{"CA", "GB"}, region.ErrUnsupportedCountry}, // US, the main country of its code
	} {
		f, err := region.New(c.regions)
		if err != nil {
			t.Fatalf("creating a filter for %v: %v", c.regions, err)
		}
		n, err := phone.Parse(c.number)
		if err != nil {
			t.Fatalf("parsing %s: %v", c.number, err)
		}
		// Not errors.Is: it compares codes, and both errors have the code invalid_request.
		if err := f.Check(n); err != c.want {
			t.Errorf("checking %s for regions %v: %v, want %v", c.number, c.regions, err, c.want)
		}
	}
}

func TestErrorsNameTheField(t *testing.T) {
	for want, err := range map[fault.Field]error{
		{Name: "mobile_number", Rule: "must be a possible number"}:      region.ErrImpossible,
		{Name: "mobile_number", Rule: "must be in a supported country"}: region.ErrUnsupportedCountry,
	} {
		if f := fault.Of(err); f.Kind != fault.Invalid || !slices.Equal(f.Fields, []fault.Field{want}) {
			t.Errorf("kind %d with fields %v, want kind %d with %v", f.Kind, f.Fields, fault.Invalid, want)
		}
	}
}

func TestNewRejectsUnknownRegions(t *testing.T) {
	for _, unknown := range []string{"", "us", "USA", "UK", "ZZ", "001", " US"} {
		if _, err := region.New([]string{"US", unknown}); err == nil {
			t.Errorf("New accepted the region %q", unknown)
		}
	}
	if _, err := region.New([]string{"US", "GB", "IN", "XK"}); err != nil {
		t.Errorf("New failed with known regions: %v", err)
	}
}

// Check must not panic for any number that phone.Parse accepts.
func FuzzCheck(f *testing.F) {
	filter, err := region.New([]string{"US"})
	if err != nil {
		f.Fatalf("creating a filter: %v", err)
	}
	f.Add("+12125550123")
	f.Add("+999123456789012")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := phone.Parse(s)
		if err != nil {
			return
		}
		if err := filter.Check(n); err == nil && n.String()[:2] != "+1" {
			t.Errorf("Check accepted %s for the US", n)
		}
	})
}

func TestCountryOf(t *testing.T) {
	for number, want := range map[string]string{
		"+12125550123":   "US",
		"+14165550123":   "CA",
		"+919876543210":  "IN",
		"+88213123456":   "001", // satellite phone
		"+9990000000000": "ZZ",  // no country
	} {
		n, err := phone.Parse(number)
		if err != nil {
			t.Fatalf("parsing the number %s failed: %v", number, err)
		}
		if got := region.CountryOf(n); got != want {
			t.Errorf("the country of %s is %s, want %s", number, got, want)
		}
	}
}
