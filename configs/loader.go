package configs

import (
	"errors"
	"reflect"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
)

// loader makes a Config from environment variables. Its fields, such as l.HTTPAddr, are
// the variables as they are set. Its methods, such as l.httpAddr, return the values for
// the Config and add the rules that a variable breaks to problems.
type loader struct {
	variables
	getenv   func(string) string
	problems []error
}

// newLoader parses the variables. An empty variable counts as not set.
func newLoader(getenv func(string) string) *loader {
	l := &loader{getenv: getenv}
	set := map[string]string{}
	fields, err := env.GetFieldParams(&l.variables)
	for _, f := range fields {
		if value := getenv(f.Key); value != "" {
			set[f.Key] = value
		}
	}
	err = errors.Join(err, env.ParseWithOptions(&l.variables, env.Options{Environment: set}))
	var all env.AggregateError
	if err != nil && !errors.As(err, &all) {
		all.Errors = []error{err}
	}
	for _, e := range all.Errors {
		l.addParseError(e)
	}
	return l
}

// addParseError adds a problem for err. The problem does not quote err, because the
// text of err contains the value.
func (l *loader) addParseError(err error) {
	var p env.ParseError
	if !errors.As(err, &p) {
		l.fail("environment", "cannot be parsed; compare all variables with configs/example.env")
		return
	}
	rule := "must be a whole number"
	if p.Type == reflect.TypeFor[time.Duration]() || p.Type == reflect.TypeFor[*time.Duration]() {
		rule = "must be a duration, such as 30s or 5m"
	}
	field, _ := reflect.TypeFor[variables]().FieldByName(p.Name)
	l.fail(field.Tag.Get("env"), rule)
}

// problem returns the error for a variable. All errors of the configuration have
// this form: the variable, then the rule to follow, but never the value.
func problem(variable, rule string) error { return errors.New(variable + ": " + rule) }

// fail adds a problem.
func (l *loader) fail(variable, rule string) {
	l.problems = append(l.problems, problem(variable, rule))
}

// check adds a problem unless ok is true.
func (l *loader) check(ok bool, variable, rule string) {
	if !ok {
		l.fail(variable, rule)
	}
}

// appEnv returns APP_ENV. If APP_ENV is not set, DEBUG=False selects production,
// as in the Python program that Parley replaces.
func (l *loader) appEnv() string {
	debug := l.boolean("DEBUG", l.Debug, true)
	switch {
	case l.AppEnv != "":
		return l.AppEnv
	case !debug:
		return Production
	}
	return Development
}

func (l *loader) secretKeys() [][]byte {
	var keys [][]byte
	for _, k := range []string{l.SecretKey, l.SecretKeyPrevious} {
		if k != "" {
			keys = append(keys, []byte(k))
		}
	}
	return keys
}

func (l *loader) plans() plan.Plans {
	plans := plan.Defaults()
	plans.Basic.Terms.Limit = quota.Limit(l.BasicDailyLimit)
	plans.Pro.Cents = l.ProPriceCents
	plans.Pro.Currency = l.ProCurrency
	plans.Pro.Terms.HeadStart = l.ProHeadStart
	plans.Grace = l.PastDueGrace
	return plans
}
