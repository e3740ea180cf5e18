package configs

import "testing"

func TestBooleansThatCannotBeParsedAreProblems(t *testing.T) {
	for _, variable := range []string{"DEBUG", "ALLOW_TEST_KEYS"} {
		for _, valid := range []string{"True", "TRUE", "1", "yes", "on"} {
			environment{variable: valid}.wantProblems(t)
		}
		for _, invalid := range []string{"maybe", "canary", " ", "2", "ture", "true,false"} {
			environment{variable: invalid, "APP_ENV": "development"}.wantProblems(t, variable)
		}
	}
	environment{"DEBUG": "canary", "LOG_FORMAT": "canary"}.wantProblems(t, "DEBUG", "LOG_FORMAT")
}
