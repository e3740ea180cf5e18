//go:build unix

package deploy

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"

	"github.com/kuvaka-tech/parley/configs"
)

// service is what the tests want to know of one; with a build it is Parley's own.
type service struct {
	Image       string
	Build       any
	Command     words
	Environment map[string]string
	EnvFile     string `yaml:"env_file"`
	Networks    []string
	Restart     string
}

type file struct {
	Services map[string]service
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
}

// words are a command, written as a list or as a line.
type words []string

func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = strings.Fields(n.Value)
		return nil
	}
	return n.Decode((*[]string)(w))
}

func compose(t *testing.T) file {
	t.Helper()
	var f file
	if err := yaml.Unmarshal([]byte(read(t, "configs/compose.yaml")), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// secrets are what the README has people write into configs/.env.
var secrets = map[string]string{"SECRET_KEY": strings.Repeat("k", 64), "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}

// variable is ${NAME:-default} or ${NAME:?complaint}.
var variable = regexp.MustCompile(`\$\{(\w+)(:-[^}]*|:\?[^}]*)?\}`)

// filled is a value as compose makes it, with the secrets set and nothing else.
func filled(value string) string {
	return variable.ReplaceAllStringFunc(value, func(v string) string {
		part := variable.FindStringSubmatch(v)
		if set, ok := secrets[part[1]]; ok {
			return set
		}
		return strings.TrimPrefix(part[2], ":-")
	})
}

// environment is what a process of the service finds.
func (s service) environment() map[string]string {
	env := maps.Clone(secrets)
	for name, value := range s.Environment {
		env[name] = filled(value)
	}
	return env
}

// A variable that nobody reads is one that somebody misspelled.
func TestEveryVariableOfComposeIsKnown(t *testing.T) {
	known, err := godotenv.Read(root + "/configs/example.env")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range variable.FindAllStringSubmatch(read(t, "configs/compose.yaml"), -1) {
		names = append(names, v[1])
	}
	for _, s := range compose(t).Services {
		if s.Build != nil {
			names = slices.AppendSeq(names, maps.Keys(s.Environment))
		}
	}
	for _, name := range names {
		if _, ok := known[name]; !ok && name != "POSTGRES_PASSWORD" { // the Postgres image reads that
			t.Errorf("configs/example.env does not know %s", name)
		}
	}
}

// Every process of Parley finds a whole configuration, and believes the proxy and nobody else.
func TestComposeStartsEveryProcess(t *testing.T) {
	f := compose(t)
	edge := netip.MustParsePrefix(f.Networks["edge"].IPAM.Config[0].Subnet)
	var commands words
	for name, s := range f.Services {
		if s.Build == nil {
			continue
		}
		commands = append(commands, s.Command...)
		env := s.environment()
		c, err := configs.Load(func(name string) string { return env[name] })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.Shared(); err != nil || s.EnvFile != ".env" {
			t.Errorf("%s: %v; its secrets are in %q", name, err, s.EnvFile)
		}
		if c.Addr != "0.0.0.0:8000" || !slices.Equal(c.TrustedProxies, []netip.Prefix{edge}) {
			t.Errorf("%s listens at %s and trusts %s", name, c.Addr, c.TrustedProxies)
		}
	}
	slices.Sort(commands)
	if !slices.Equal(commands, words{"api", "api", "migrate", "worker"}) {
		t.Errorf("compose runs %q", commands)
	}
}

// The proxy sends to every API process, and reaches it over the network whose
// addresses are trusted and no other: all clients would have one address else.
func TestTheProxyReachesTheAPI(t *testing.T) {
	f := compose(t)
	var want []string
	for name, s := range f.Services {
		if !slices.Equal(s.Command, words{"api"}) {
			continue
		}
		want = append(want, name+":8000")
		common := slices.DeleteFunc(slices.Clone(s.Networks), func(n string) bool { return !slices.Contains(f.Services["proxy"].Networks, n) })
		if !slices.Equal(common, []string{"edge"}) {
			t.Errorf("the proxy and %s share the networks %q", name, common)
		}
	}
	slices.Sort(want)
	upstreams := strings.Fields(match(t, read(t, "configs/Caddyfile"), `^\s*reverse_proxy (.*) \{$`))
	if !slices.Equal(upstreams, want) {
		t.Errorf("the proxy sends to %q, the API is at %q", upstreams, want)
	}
}

// What is pulled is the same tomorrow, and what ends is started again.
func TestImagesArePinnedAndRestart(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z]+:\d+\.\d+[a-z0-9.-]*$`)
	for name, s := range compose(t).Services {
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s has the image %q", name, s.Image)
		}
		if s.Restart != "unless-stopped" && name != "migrate" {
			t.Errorf("%s is restarted %q", name, s.Restart)
		}
	}
}

// Redis keeps what it was given, and refuses rather than forgets when it is full.
func TestRedisForgetsNothing(t *testing.T) {
	command := strings.Join(compose(t).Services["redis"].Command, " ")
	for _, want := range []string{"--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"} {
		if !strings.Contains(command, want) {
			t.Errorf("Redis is started without %s", want)
		}
	}
}
