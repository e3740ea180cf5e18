package stripetest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// request is a request whose parameters were checked against its route.
type request struct {
	id     string // from the path
	params url.Values
}

func (r request) get(param string) string { return r.params.Get(param) }

// matches reports whether a list's filter accepts the value. A filter that was not sent accepts every value.
func (r request) matches(filter, value string) bool {
	return !r.params.Has(filter) || r.get(filter) == value
}

var (
	indexPattern    = regexp.MustCompile(`\[\d+\]`) // as in "line_items[0]"
	metadataPattern = regexp.MustCompile(`^metadata\[[^\[\]]{1,40}\]$`)
)

// parseRequest reads the parameters from the URL of a GET and from the form of a POST.
func parseRequest(rt route, r *http.Request) (request, *apiError) {
	req := request{r.PathValue("id"), r.URL.Query()}
	if r.Method == http.MethodPost {
		if t := r.Header.Get("Content-Type"); t != "application/x-www-form-urlencoded" || r.URL.RawQuery != "" {
			return req, invalidRequest(http.StatusBadRequest, "", "", "A POST needs a form and no query.")
		}
		if err := r.ParseForm(); err != nil {
			return req, invalidRequest(http.StatusBadRequest, "", "", "The form cannot be parsed.")
		}
		req.params = r.PostForm
	}
	return req, req.check(rt)
}

// check returns an error if a parameter is unknown to the route, repeated or empty, or
// if a required one is missing.
func (r request) check(rt route) *apiError {
	sent := map[string]bool{}
	for param, values := range r.params {
		pattern := rt.paramPattern(param)
		sent[pattern] = true
		switch {
		case pattern == "":
			return invalidRequest(http.StatusBadRequest, "parameter_unknown", param,
				"Received unknown parameter: "+param)
		case len(values) != 1:
			return invalidRequest(http.StatusBadRequest, "", param, "The parameter was sent twice.")
		case values[0] == "" && param != "cancel_at": // an empty cancel_at clears the value
			return invalidRequest(http.StatusBadRequest, "parameter_invalid_empty", param,
				"You passed an empty string for '"+param+"'.")
		}
	}
	for _, param := range rt.required {
		if !sent[param] {
			return invalidRequest(http.StatusBadRequest, "parameter_missing", param,
				"Missing required param: "+param+".")
		}
	}
	return nil
}

// paramPattern returns the name under which the route lists a parameter. For
// "line_items[0][price]" it is "line_items[][price]". It is "" for an unknown parameter.
func (rt route) paramPattern(param string) string {
	pattern := indexPattern.ReplaceAllString(param, "[]")
	if metadataPattern.MatchString(param) {
		pattern = "metadata[]"
	}
	if !slices.Contains(slices.Concat(rt.required, rt.optional), pattern) {
		return ""
	}
	return pattern
}

// time returns a parameter in Unix seconds as a time.
func (r request) time(param string) (time.Time, *apiError) {
	seconds, err := strconv.ParseInt(r.get(param), 10, 40)
	if err != nil {
		return time.Time{}, invalidInteger(param)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// paginate returns one page of a list, newest object first. all must be sorted oldest
// first. The page has at most limit objects (1 to 100, default 10). It begins after the
// object whose id is in starting_after.
func paginate(r request, path string, all []object) (object, *apiError) {
	limit := 10
	if r.params.Has("limit") {
		n, err := strconv.Atoi(r.get("limit"))
		if err != nil || n < 1 || n > 100 {
			return nil, invalidInteger("limit")
		}
		limit = n
	}
	slices.Reverse(all)
	if after := r.get("starting_after"); after != "" {
		i := slices.IndexFunc(all, func(o object) bool { return o["id"] == after })
		if i < 0 {
			return nil, noSuch("object", after, "starting_after")
		}
		all = all[i+1:]
	}
	return object{
		"object":   "list",
		"url":      path,
		"has_more": len(all) > limit,
		"data":     append([]object{}, all[:min(limit, len(all))]...),
	}, nil
}
