package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestWherePaymentsMayLeadBackTo(t *testing.T) {
	if got := load(t).ReturnURLs; got != nil {
		t.Errorf("without any: %v", got)
	}
	set := "https://app.example/paid, myapp://subscription,com.example.app://done/,http://localhost:3000,http://127.0.0.1/x,http://[::1]:80,HTTPS://App.example"
	var got []string
	for _, u := range load(t, "CHECKOUT_RETURN_URLS", set).ReturnURLs {
		got = append(got, u.String())
	}
	if want := strings.Split(strings.NewReplacer(", ", ",", "HTTPS", "https").Replace(set), ","); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReturnURLsThatAreNone(t *testing.T) {
	for _, bad := range []string{
		"app.example", "/paid", "//app.example", "https:app.example", "https://", "https:///paid", "https://:443", "myapp:", "myapp:done", "myapp:///done", "://x", "https://app.example/%zz",
		"https://app.example?a=b", "https://app.example?", "https://app.example#top", "https://ada@app.example", "https://ada:secret@app.example",
		"http://app.example", "http://10.0.0.1", "http://localhost.example", "javascript://app.example/%0aalert(1)", "JavaScript://x", "data://x", "vbscript://x", "blob://x", "file://host/x", "about://x",
		"https://app.example,", ",", "https://app.example, ,myapp://x",
	} {
		if got := problems("CHECKOUT_RETURN_URLS", bad); len(got) != 1 || !strings.HasPrefix(got[0], "CHECKOUT_RETURN_URLS: ") || strings.Contains(got[0], "secret") {
			t.Errorf("%s: problems %q", bad, got)
		}
	}
	for _, loopback := range []string{"http://localhost", "http://127.0.0.1:3000/x"} {
		if got := named("CHECKOUT_RETURN_URLS", loopback, "APP_ENV", "production"); !slices.Contains(got, "CHECKOUT_RETURN_URLS") {
			t.Errorf("production takes %s: problems with %v", loopback, got)
		}
	}
}
