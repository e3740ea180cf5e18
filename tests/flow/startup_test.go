package flow

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
)

func TestTheStartIsLoggedOnce(t *testing.T) {
	c := config(t, "METRICS_ADDR", "127.0.0.1:0")
	c.Role = configs.RoleWorker
	p := start(t, c)
	p.checkLogged("level=INFO", "msg=started",
		"role=worker",
		"version="+boot.Version(),
		"env=development",
		"address="+p.URL(),
		"metrics="+p.MetricsURL(),
		"store=memory",
		"live_log=memory",
		`wake_ups="watermill in process"`,
		"stand_ins=store,model,sms,payments",
		"random_secret_key=true",
	)
	p.checkLogCount("msg=started", 1)
}

// A Redis that refuses the login is a wrong configuration, so the start fails. The error
// does not contain the password.
func TestTheStartFailsWhenRedisRefusesTheLogin(t *testing.T) {
	variables := stackConfig(t, newSchema(t), true)
	redisURL, err := url.Parse(variables[3])
	if err != nil {
		t.Fatalf("parse the Redis URL: %v", err)
	}
	redisURL.User = url.UserPassword("canary-user", "canary-password")
	app, err := boot.New(config(t, variables[0], variables[1], "REDIS_URL", redisURL.String()))
	if err != nil {
		t.Fatalf("wire the program: %v", err)
	}
	err = app.Start(t.Context())
	if err == nil {
		t.Fatal("the program started with a wrong Redis password, want an error")
	}
	for _, text := range []string{"WRONGPASS", "REDIS_URL"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error of the start = %v, want it to contain %s", err, text)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("error of the start = %v, want no user name and password", err)
	}
}
