package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// frontends are the origins of FRONTEND_URL in the tests.
var frontends = []string{"https://app.example", "http://admin.example:8443", "capacitor://localhost"}

// origins says for each value of the header Origin whether production and development allow it.
var origins = map[string]struct{ production, development bool }{
	"https://app.example":       {true, true},
	"HTTPS://APP.example":       {true, true},
	"http://admin.example:8443": {true, true},
	"capacitor://localhost":     {true, true},

	"http://localhost":         {false, true},
	"http://localhost:5173":    {false, true},
	"https://localhost:5173":   {false, true},
	"http://api.localhost:81":  {false, true},
	"http://127.0.0.1:5173":    {false, true},
	"http://127.8.9.10":        {false, true},
	"http://[::1]:5173":        {false, true},
	"http://[::ffff:7f00:1]:1": {false, true},

	"":                                      {false, false},
	"null":                                  {false, false},
	"*":                                     {false, false},
	"http://app.example":                    {false, false},
	"https://app.example:8443":              {false, false},
	"https://app.example.evil":              {false, false},
	"https://evil.example":                  {false, false},
	"https://app.example,http://localhost":  {false, false},
	"http://localhost,https://evil.example": {false, false},
	"ionic://localhost":                     {false, false},
	"file://localhost":                      {false, false},
	"http://localhost.evil.example":         {false, false},
	"http://localhost@evil.example":         {false, false},
	"http://evil.example#localhost":         {false, false},
	"http://evil.example/localhost":         {false, false},
	"http://ada@localhost":                  {false, false},
	"http://localhost/":                     {false, false},
	"http://evillocalhost":                  {false, false},
	"http://127.0.0.1.evil.example":         {false, false},
	"http://10.0.0.1":                       {false, false},
	"http://192.168.1.2:5173":               {false, false},
	"http://0.0.0.0:8000":                   {false, false},
	"http://[fe80::1]":                      {false, false},
	"localhost":                             {false, false},
	"//localhost":                           {false, false},
	"http://localhost:port":                 {false, false},
}

func TestOnlyAllowedOriginsMayReadResponses(t *testing.T) {
	for origin, allowed := range origins {
		checkCORS(t, Config{Production: true, FrontendOrigins: frontends}, origin, allowed.production)
		checkCORS(t, Config{FrontendOrigins: frontends}, origin, allowed.development)
	}
}

// An API without frontends allows no origin, in particular not every origin.
func TestWithoutFrontendsOnlyLoopbackOriginsMayReadResponses(t *testing.T) {
	for _, origin := range []string{"https://app.example", "null", "*"} {
		checkCORS(t, Config{Production: true}, origin, false)
		checkCORS(t, Config{}, origin, false)
	}
	checkCORS(t, Config{Production: true}, "http://localhost:5173", false)
	checkCORS(t, Config{}, "http://localhost:5173", true)
}

// checkCORS checks the responses to a GET request and to a preflight request.
func checkCORS(t *testing.T, c Config, origin string, allowed bool) {
	t.Helper()
	want := ""
	if allowed {
		want = origin
	}
	get := request(c, http.MethodGet, http.Header{"Origin": {origin}})
	preflight := request(c, http.MethodOptions, http.Header{
		"Origin":                        {origin},
		"Access-Control-Request-Method": {"POST"},
	})
	for name, r := range map[string]*http.Response{"GET": get, "preflight": preflight} {
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s from origin %q with production %v: Access-Control-Allow-Origin = %q, want %q",
				name, origin, c.Production, got, want)
		}
		if got := r.Header.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("%s from origin %q: Access-Control-Allow-Credentials = %q, want none", name, origin, got)
		}
		if vary := strings.Join(r.Header.Values("Vary"), ", "); !slices.Contains(strings.Split(vary, ", "), "Origin") {
			t.Errorf("%s from origin %q: Vary = %q, want Origin in it, for caches", name, origin, vary)
		}
	}
	if got := preflight.Header.Get("Access-Control-Allow-Methods"); (got != "") != allowed {
		t.Errorf("preflight from origin %q: Access-Control-Allow-Methods = %q, want it only if allowed", origin, got)
	}
}

// The values that browsers send are in lower case, sorted and without spaces. Gateways may change this.
func TestAPreflightAllowsEveryHeader(t *testing.T) {
	for _, names := range [][]string{
		{"authorization"},
		{"traceparent"},
		{"authorization,cache-control,content-type,idempotency-key,last-event-id,traceparent,x-anything"},
		{"X-Custom, Authorization"},
		{"authorization", "traceparent"}, // a gateway has split the header
	} {
		r := request(Config{Production: true, FrontendOrigins: frontends}, http.MethodOptions, http.Header{
			"Origin":                         {frontends[0]},
			"Access-Control-Request-Method":  {"POST"},
			"Access-Control-Request-Headers": names,
		})
		if got := r.Header.Values("Access-Control-Allow-Headers"); !slices.Equal(got, names) {
			t.Errorf("preflight for the headers %q: Access-Control-Allow-Headers = %q, want the same names", names, got)
		}
		if r.StatusCode != http.StatusNoContent {
			t.Errorf("preflight for the headers %q: status %d, want 204", names, r.StatusCode)
		}
	}
}
