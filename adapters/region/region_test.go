package region_test

import (
	"slices"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

func TestAdmits(t *testing.T) {
	everywhere, some := []string{}, []string{"US", "IN"}
	for _, c := range []struct {
		number  string
		regions []string
		want    error
	}{
		{"+12125550123", everywhere, nil},
		{"+919876543210", everywhere, nil},
		{"+88213123456", everywhere, nil},                         // a satellite's: of no country
		{"+12000010000", everywhere, nil},                         // possible, if nobody's
		{"+1234567890", everywhere, region.ErrImpossible},         // a digit short
		{"+121255501234", everywhere, region.ErrImpossible},       // a digit long
		{"+12345678", everywhere, region.ErrImpossible},           // without its area code
		{"+99999999999", everywhere, region.ErrImpossible},        // no country's code
		{"+4407911123456", everywhere, region.ErrImpossible},      // with its trunk 0, another spelling of a phone
		{"+390612345678", everywhere, nil},                        // whose 0 belongs to it
		{"+12125550123", some, nil}, {"+919876543210", some, nil}, // served
		{"+447400123456", some, region.ErrElsewhere},                // another country
		{"+14165550123", some, region.ErrElsewhere},                 // another country of the same code
		{"+18095550123", some, region.ErrElsewhere},                 // one that is dear
		{"+88213123456", some, region.ErrElsewhere},                 // no country
		{"+12000010000", some, region.ErrElsewhere},                 // a country's, but not clear which
		{"+1234567890", some, region.ErrImpossible},                 // refused for the more telling reason
		{"+447400123456", []string{"GB"}, nil},                      // served
		{"+12125550123", []string{"CA", "GB"}, region.ErrElsewhere}, // the code's main country, not served
	} {
		served, err := region.New(c.regions)
		if err != nil {
			t.Fatal(err)
		}
		n, err := phone.Parse(c.number)
		if err != nil {
			t.Fatal(err)
		}
		if err := served.Admits(n); err != c.want { // to errors.Is both are the same refusal
			t.Errorf("%s in %v: %v, want %v", c.number, c.regions, err, c.want)
		}
	}
}

func TestRefusalsNameTheFieldAndTheRule(t *testing.T) {
	for want, err := range map[fault.Field]error{
		{Name: "mobile_number", Rule: "must be a possible number"}:     region.ErrImpossible,
		{Name: "mobile_number", Rule: "must be of a country we serve"}: region.ErrElsewhere,
	} {
		if f := fault.Of(err); f.Kind != fault.Invalid || !slices.Equal(f.Fields, []fault.Field{want}) {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
}

func TestWhatIsNoRegionIsRefused(t *testing.T) {
	for _, none := range []string{"", "us", "USA", "UK", "ZZ", "001", " US"} {
		if _, err := region.New([]string{"US", none}); err == nil {
			t.Errorf("%q is taken", none)
		}
	}
	if _, err := region.New([]string{"US", "GB", "IN", "XK"}); err != nil {
		t.Error(err)
	}
}

// Whatever core takes for a number is judged without a panic.
func FuzzAdmits(f *testing.F) {
	served, err := region.New([]string{"US"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("+12125550123")
	f.Add("+999123456789012")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := phone.Parse(s)
		if err != nil {
			return
		}
		if err := served.Admits(n); err == nil && n.String()[:2] != "+1" {
			t.Errorf("%s is admitted", n)
		}
	})
}
