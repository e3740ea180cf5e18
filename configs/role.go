package configs

// Role says which work a process does. The command selects it.
type Role string

// The roles.
const (
	RoleServe  Role = ""       // all of the work
	RoleAPI    Role = "api"    // HTTP requests
	RoleWorker Role = "worker" // replies; over HTTP only /healthz and /readyz
)

// String returns the command that selects the role.
func (r Role) String() string {
	if r == RoleServe {
		return "serve"
	}
	return string(r)
}

// LoadAs loads the configuration for a process of a role. It fails as Load does. For
// RoleAPI and RoleWorker the error also contains the problems of CheckSeparateProcesses.
func LoadAs(role Role, getenv func(string) string) (Config, error) {
	c, err := Load(getenv)
	c.Role = role
	if role != RoleServe {
		err = JoinProblems(err, c.CheckSeparateProcesses())
	}
	return c, err
}

// CheckSeparateProcesses returns an error, with one problem per line, if api and worker
// cannot run as separate processes. They must share a database, a Redis and a key. In
// production it checks only Redis, because Load already requires the other two.
func (c Config) CheckSeparateProcesses() error {
	const rule = "must be set when api and worker are separate processes"
	var problems []error
	if c.RedisURL == "" {
		problems = append(problems, problem("REDIS_URL", rule))
	}
	if c.DatabaseURL == "" && c.Env != Production {
		problems = append(problems, problem("DATABASE_URL", rule))
	}
	if len(c.SecretKeys) == 0 && c.Env != Production {
		problems = append(problems, problem("SECRET_KEY", rule))
	}
	return JoinProblems(problems...)
}

// LoadDatabase reads DATABASE_URL only: commands that work on the database need no other variable.
// It returns an error when DATABASE_URL is not set or is not a Postgres URL.
func LoadDatabase(getenv func(string) string) (Config, error) {
	c := Config{DatabaseURL: getenv("DATABASE_URL")}
	switch {
	case c.DatabaseURL == "":
		return c, problem("DATABASE_URL", "must be set, because this command works on the database")
	case !isPostgresURL(c.DatabaseURL):
		return c, problem("DATABASE_URL", postgresURLRule)
	}
	return c, nil
}
