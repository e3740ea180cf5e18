package configs

import (
	"maps"
	"slices"
	"testing"

	"github.com/joho/godotenv"
)

func TestASimilarVariableIsSuggested(t *testing.T) {
	for name, similar := range map[string]string{
		"DATABSE_URL":      "DATABASE_URL", // one letter is missing
		"REDIS_ULR":        "REDIS_URL",    // two letters are swapped
		"GEMINI_APIKEY":    "GEMINI_API_KEY",
		"gemini_api_key":   "GEMINI_API_KEY",
		"GeminiApiKey":     "GEMINI_API_KEY",
		"SECRET_KEY_":      "SECRET_KEY",
		"FRONTEND_URLS":    "FRONTEND_URL",
		"TWILIO_AUTHTOKEN": "TWILIO_AUTH_TOKEN",
		"POSTGRES_URL":     "",
		"MONGO":            "",
	} {
		want := []UnknownVariable{{Name: name, Similar: similar}}
		if got := UnknownVariables([]string{name}, environment{}.get); !slices.Equal(got, want) {
			t.Errorf("UnknownVariables(%s) = %+v, want %+v", name, got, want)
		}
	}
}

func TestTheVariablesOfTheExampleAreKnown(t *testing.T) {
	example, err := godotenv.Read("example.env")
	if err != nil {
		t.Fatalf("reading example.env: %v", err)
	}
	names := slices.Collect(maps.Keys(example))
	for _, set := range []environment{{}, {"LLM_PROVIDERS": "acme", "SMS_SENDERS": "acme"}} {
		if got := UnknownVariables(names, set.get); got != nil {
			t.Errorf("with %q, the variables %+v of example.env are unknown, want none", set, got)
		}
	}
}

// The variables of a provider are known only if it is used.
func TestTheVariablesOfUsedProvidersAreKnown(t *testing.T) {
	names := []string{"ACME_MODEL", "BRAND_FROM", "HTTPS_PROXY", "https_proxy", "PGPASSWORD", "TWILIO_SENDER"}
	for name, c := range map[string]struct {
		set  environment
		want []string
	}{
		"none":            {environment{}, []string{"ACME_MODEL", "BRAND_FROM", "TWILIO_SENDER"}},
		"an LLM provider": {environment{"LLM_PROVIDERS": "acme"}, []string{"BRAND_FROM", "TWILIO_SENDER"}},
		"SMS senders":     {environment{"SMS_SENDERS": "twilio,brand"}, []string{"ACME_MODEL", "TWILIO_SENDER"}},
	} {
		var got []string
		for _, u := range UnknownVariables(names, c.set.get) {
			got = append(got, u.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the variables %q are unknown, want %q", name, got, c.want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"A", "", 1}, {"", "AB", 2}, {"PORT", "PORT", 0}, {"PORT", "POT", 1},
		{"PORT", "SPORT", 1}, {"PORT", "PART", 1}, {"PORT", "PROT", 2}, {"KITTEN", "SITTING", 3},
	} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
