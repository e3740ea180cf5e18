package configs

import "testing"

func TestRedisURL(t *testing.T) {
	database := environment{"DATABASE_URL": "postgres://db/parley"}
	for _, c := range []struct {
		set  environment
		want string
	}{
		{environment{}, ""},
		{environment{"REDIS_URL": "rediss://cache:1/2"}, "rediss://cache:1/2"},
		{environment{"REDIS_HOST": "cache"}, "redis://cache:6379/0"},
		{environment{"REDIS_HOST": "::1", "REDIS_PORT": "1", "REDIS_DB": "2"}, "redis://[::1]:1/2"},
		{environment{"REDIS_HOST": "cache", "REDIS_PASSWORD": "a/b"}, "redis://:a%2Fb@cache:6379/0"},
		{environment{"REDIS_HOST": "other", "REDIS_URL": "redis://cache"}, "redis://cache"},
	} {
		if got := database.with(c.set).load(t).RedisURL; got != c.want {
			t.Errorf("with %q, RedisURL = %q, want %q", c.set, got, c.want)
		}
	}
}

func TestNATSURL(t *testing.T) {
	redis := environment{"DATABASE_URL": "postgres://db/parley", "REDIS_URL": "redis://cache"}
	for _, valid := range []string{
		"nats://queue",
		"tls://user:password@queue:4222",
		"nats://token@a:4222, nats://token@[::1]:4222",
	} {
		if got := redis.with(environment{"NATS_URL": valid}).load(t).NATSURL; got != valid {
			t.Errorf("NATSURL = %q, want %q", got, valid)
		}
	}
	for _, invalid := range []string{
		"canary", "canary:4222", "nats://", "nats://:4222", "http://canary", "nats:canary",
		"nats://queue,", "nats://queue,http://canary", "nats://user:canary@queue:port",
	} {
		redis.with(environment{"NATS_URL": invalid}).wantProblems(t, "NATS_URL")
	}
}

// NATS carries only the wake-ups. Without Redis, several processes would not share the rest.
func TestNATSRequiresRedis(t *testing.T) {
	nats := environment{"DATABASE_URL": "postgres://db/parley", "NATS_URL": "nats://queue"}
	nats.wantProblems(t, "REDIS_URL")
	nats.with(environment{"REDIS_HOST": "cache"}).wantProblems(t)
}

func TestInvalidStores(t *testing.T) {
	database := environment{"DATABASE_URL": "postgresql://db/parley"}
	environment{"DATABASE_URL": "canary"}.wantProblems(t, "DATABASE_URL")
	environment{"REDIS_URL": "redis://cache"}.wantProblems(t, "DATABASE_URL")
	database.with(environment{"REDIS_URL": "http://canary"}).wantProblems(t, "REDIS_URL")
	database.with(environment{"REDIS_URL": "redis://"}).wantProblems(t, "REDIS_URL")
	database.with(environment{"REDIS_PASSWORD": "canary"}).wantProblems(t, "REDIS_HOST")
	database.with(environment{"REDIS_DB": "1"}).wantProblems(t, "REDIS_HOST")
	database.with(environment{"REDIS_PORT": "canary"}).wantProblems(t, "REDIS_PORT")
}
