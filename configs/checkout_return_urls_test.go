package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestCheckoutReturnURLs(t *testing.T) {
	if got := (environment{}).load(t).CheckoutReturnURLs; got != nil {
		t.Errorf("without the variable, CheckoutReturnURLs = %v, want none", got)
	}
	want := []string{
		"https://app.example/paid", "myapp://subscription", "com.example.app://done/",
		"http://localhost:3000", "http://127.0.0.1/x", "http://[::1]:80", "https://App.example",
	}
	value := strings.Replace(strings.Join(want, ", "), "https://App", "HTTPS://App", 1)
	var got []string
	for _, u := range (environment{"CHECKOUT_RETURN_URLS": value}).load(t).CheckoutReturnURLs {
		got = append(got, u.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("CheckoutReturnURLs = %q, want %q", got, want)
	}
}

func TestInvalidCheckoutReturnURLs(t *testing.T) {
	for _, value := range []string{
		"app.example", "/paid", "//app.example", "https:app.example", // no host or no scheme
		"https://", "https:///paid", "https://:443", "myapp:", "myapp:done", "myapp:///done",
		"://x", "https://app.example/%zz", // no URL
		"https://app.example?a=b", "https://app.example?", "https://app.example#top",
		"https://ada@app.example", "https://ada:canary@app.example",
		"http://app.example", "http://10.0.0.1", "http://localhost.example",
		"javascript://app.example/%0aalert(1)", "JavaScript://x", "data://x",
		"vbscript://x", "blob://x", "file://host/x", "about://x",
		"https://app.example,", ",", "https://app.example, ,myapp://x", // an empty element
	} {
		environment{"CHECKOUT_RETURN_URLS": value}.wantProblems(t, "CHECKOUT_RETURN_URLS")
	}
	for _, loopback := range []string{"http://localhost", "http://127.0.0.1:3000/x"} {
		set := productionEnv.with(environment{"CHECKOUT_RETURN_URLS": loopback})
		set.wantProblems(t, append(slices.Clone(productionLacks), "CHECKOUT_RETURN_URLS")...)
	}
}
