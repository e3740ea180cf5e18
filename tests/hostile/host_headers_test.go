package hostile

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/harness"
)

// atHost sends a request for a path at a host, as the browser of a rebound website does.
func (p *program) atHost(host, method, path, body string) client.Response {
	r, err := http.NewRequest(method, "http://"+host+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatalf("create the request: %v", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://"+host)
	return p.do(r)
}

// A website whose name resolves to 127.0.0.1 would otherwise read the code in the response.
func TestARebindingWebsiteGetsNoCode(t *testing.T) {
	p := start(t)
	for _, host := range []string{
		canary + ".example:8000",
		canary + ".example",
		"localhost." + canary + ".example:8000",
		"127.0.0.1." + canary + ".example:8000",
		canary + "localhost:8000",
	} {
		body := `{"mobile_number":"` + client.Number() + `"}`
		r := p.atHost(host, "POST", "/auth/send-otp", body)
		wantProblem(t, "POST /auth/send-otp at "+host, r, http.StatusMisdirectedRequest, "invalid_request")
		if detail := r.Field("detail"); !strings.Contains(detail, "FRONTEND_URL") {
			t.Errorf("the detail at a foreign host is %q, want the variable to set", detail)
		}
		for _, path := range []string{"/", "/docs", "/openapi.json", "/user/me", "/pretend/app", "/nope"} {
			r := p.atHost(host, "GET", path, "")
			wantProblem(t, path+" at "+host, r, http.StatusMisdirectedRequest, "invalid_request")
		}
	}
	p.checkNoCanaryInLog()
}

// Load balancers check the health under other names than clients use.
func TestHealthChecksWorkAtEveryHost(t *testing.T) {
	p := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if r := p.atHost("api-1:8000", "GET", path, ""); r.Status != http.StatusOK {
			t.Errorf("%s at another host: status %d, want 200: %s", path, r.Status, r.Body)
		}
	}
}

func TestADevelopmentServerAnswersToItsOwnHosts(t *testing.T) {
	c := harness.Config(t, "HTTP_ADDR", "parley.internal:0", "APP_ENV", "development",
		"FRONTEND_URL", "https://app.example,capacitor://my-app")
	p := &program{t: t, Program: harness.Start(t, c, boot.InProcess())}
	for _, host := range []string{
		"localhost:8000", "api.localhost", "127.0.0.1:8000", "[::1]:8000", "192.168.1.2:8000", "[2001:db8::1]:8000",
		"parley.internal", "parley.internal:8000", "app.example:8000", "my-app",
	} {
		body := `{"mobile_number":"` + client.Number() + `"}`
		if r := p.atHost(host, "POST", "/auth/send-otp", body); r.Status != http.StatusOK {
			t.Errorf("POST /auth/send-otp at %s: status %d, want 200: %s", host, r.Status, r.Body)
		}
	}
}
