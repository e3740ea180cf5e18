package stripetest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// query is a request that names what its route knows.
type query struct {
	id   string // in the path
	form url.Values
}

func (q query) get(param string) string { return q.form.Get(param) }

var (
	index    = regexp.MustCompile(`\[\d+\]`) // as in "line_items[0]"
	metadata = regexp.MustCompile(`^metadata\[[^\[\]]{1,40}\]$`)
)

// read takes a request's parameters, from the URL of a GET and from the form of a POST.
func read(rt route, r *http.Request) (query, *refusal) {
	q := query{r.PathValue("id"), r.URL.Query()}
	if r.Method == http.MethodPost {
		if t := r.Header.Get("Content-Type"); t != "application/x-www-form-urlencoded" || r.URL.RawQuery != "" {
			return q, refuse(http.StatusBadRequest, "", "", "A POST has a form, and no query.")
		}
		if err := r.ParseForm(); err != nil {
			return q, refuse(http.StatusBadRequest, "", "", "The form cannot be read.")
		}
		q.form = r.PostForm
	}
	return q, q.check(rt)
}

// check refuses parameters that the route does not know, that come twice or empty, and misses those it needs.
func (q query) check(rt route) *refusal {
	known := map[string]bool{}
	for param, values := range q.form {
		general := rt.general(param)
		known[general] = true
		switch {
		case general == "":
			return refuse(http.StatusBadRequest, "parameter_unknown", param, "Received unknown parameter: "+param)
		case len(values) != 1:
			return refuse(http.StatusBadRequest, "", param, "A parameter came twice.")
		case values[0] == "" && param != "cancel_at": // where it takes a value back
			return refuse(http.StatusBadRequest, "parameter_invalid_empty", param, "You passed an empty string for '"+param+"'.")
		}
	}
	for _, param := range rt.needs {
		if !known[param] {
			return refuse(http.StatusBadRequest, "parameter_missing", param, "Missing required param: "+param+".")
		}
	}
	return nil
}

// general is a parameter's name in the route's list, "" when it is not there.
func (rt route) general(param string) string {
	name := index.ReplaceAllString(param, "[]")
	if metadata.MatchString(param) {
		name = "metadata[]"
	}
	if !slices.Contains(slices.Concat(rt.needs, rt.takes), name) {
		return ""
	}
	return name
}

// seconds is a parameter's time.
func (q query) seconds(param string) (time.Time, *refusal) {
	n, err := strconv.ParseInt(q.get(param), 10, 40)
	if err != nil {
		return time.Time{}, refuse(http.StatusBadRequest, "parameter_invalid_integer", param, "Invalid integer")
	}
	return time.Unix(n, 0).UTC(), nil
}

// page is a list of what is kept oldest first, as it is asked for: the newest
// first, at most limit (1 to 100, else 10) and after the one named starting_after.
func page(q query, url string, all []object) (object, *refusal) {
	limit := 10
	if q.form.Has("limit") {
		n, err := strconv.Atoi(q.get("limit"))
		if err != nil || n < 1 || n > 100 {
			return nil, refuse(http.StatusBadRequest, "parameter_invalid_integer", "limit", "Invalid integer")
		}
		limit = n
	}
	slices.Reverse(all)
	if after := q.get("starting_after"); after != "" {
		i := slices.IndexFunc(all, func(o object) bool { return o["id"] == after })
		if i < 0 {
			return nil, missing("object", after, "starting_after")
		}
		all = all[i+1:]
	}
	more := len(all) > limit
	return object{"object": "list", "url": url, "has_more": more, "data": append([]object{}, all[:min(limit, len(all))]...)}, nil
}
