//go:build unix

package deploy

import (
	"maps"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"

	"github.com/kuvaka-tech/parley/configs"
)

const composePath = folder + "/compose.yaml"

// compose is the content of compose.yaml, as far as the tests use it.
type compose struct {
	Services map[string]service
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
}

type service struct {
	Image string
	Build *struct { // only the services that run Parley have it
		Context    string
		Dockerfile string
	}
	Command     words
	Environment map[string]string
	EnvFile     string `yaml:"env_file"`
	Networks    []string
	Restart     string
}

// words is a command, which YAML contains as a list or as one string.
type words []string

func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = strings.Fields(n.Value)
		return nil
	}
	return n.Decode((*[]string)(w))
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var c compose
	if err := yaml.Unmarshal([]byte(readFile(t, composePath)), &c); err != nil {
		t.Fatalf("parsing compose.yaml: %v", err)
	}
	return c
}

// parleyServices returns the services that run Parley.
func (c compose) parleyServices() map[string]service {
	all := maps.Clone(c.Services)
	maps.DeleteFunc(all, func(_ string, s service) bool { return s.Build == nil })
	return all
}

// secrets are the variables that the command of the README writes into the .env file.
var secrets = map[string]string{
	"SECRET_KEY":        strings.Repeat("k", 64),
	"POSTGRES_PASSWORD": "p",
	"REDIS_PASSWORD":    "r",
}

// reference matches ${NAME}, ${NAME:-default} and ${NAME:?error}.
var reference = regexp.MustCompile(`\$\{(\w+)(:-[^}]*|:\?[^}]*)?\}`)

// interpolate replaces references as Compose does when only the secrets are set.
func interpolate(value string) string {
	return reference.ReplaceAllStringFunc(value, func(ref string) string {
		parts := reference.FindStringSubmatch(ref)
		if secret, ok := secrets[parts[1]]; ok {
			return secret
		}
		return strings.TrimPrefix(parts[2], ":-")
	})
}

// environment returns the environment variables of the service's process.
func (s service) environment() map[string]string {
	env := maps.Clone(secrets)
	for name, value := range s.Environment {
		env[name] = interpolate(value)
	}
	return env
}

// A misspelled variable would have no effect and no error.
func TestComposeUsesKnownVariablesOnly(t *testing.T) {
	known, err := godotenv.Read(filepath.Join(root, "configs/example.env"))
	if err != nil {
		t.Fatalf("reading example.env: %v", err)
	}
	known["POSTGRES_PASSWORD"] = "" // is for the image of Postgres
	var used []string
	for _, ref := range reference.FindAllStringSubmatch(readFile(t, composePath), -1) {
		used = append(used, ref[1])
	}
	for _, s := range readCompose(t).parleyServices() {
		used = slices.AppendSeq(used, maps.Keys(s.Environment))
	}
	for _, name := range used {
		if _, ok := known[name]; !ok {
			t.Errorf("compose.yaml uses the variable %s, which configs/example.env does not contain", name)
		}
	}
}

func TestComposeConfiguresEveryProcess(t *testing.T) {
	file := readCompose(t)
	edge := netip.MustParsePrefix(file.Networks["edge"].IPAM.Config[0].Subnet)
	var commands words
	for name, s := range file.parleyServices() {
		commands = append(commands, s.Command...)
		env := s.environment()
		c, err := configs.Load(func(name string) string { return env[name] })
		if err != nil {
			t.Fatalf("the configuration of %s has problems:\n%v", name, err)
		}
		if err := c.CheckSeparateProcesses(); err != nil {
			t.Errorf("%s cannot run as a separate process:\n%v", name, err)
		}
		if c.HTTPAddr != "0.0.0.0:8000" {
			t.Errorf("%s listens on %s, want 0.0.0.0:8000", name, c.HTTPAddr)
		}
		if !slices.Equal(c.TrustedProxies, []netip.Prefix{edge}) {
			t.Errorf("%s trusts the proxies %s, want the network edge %s only", name, c.TrustedProxies, edge)
		}
	}
	slices.Sort(commands)
	if want := (words{"api", "api", "migrate", "worker"}); !slices.Equal(commands, want) {
		t.Errorf("the services run the commands %q, want %q", commands, want)
	}
}

// Compose resolves the paths of compose.yaml from its folder, and that of the Dockerfile from the build context.
func TestComposePaths(t *testing.T) {
	for name, s := range readCompose(t).parleyServices() {
		if got := filepath.Join(folder, s.Build.Context); got != "." {
			t.Errorf("the build context of %s is %s, want the root of the repository", name, got)
		}
		if want := folder + "/Dockerfile"; s.Build.Dockerfile != want {
			t.Errorf("%s is built from %s, want %s", name, s.Build.Dockerfile, want)
		}
		if s.EnvFile != ".env" {
			t.Errorf("the env_file of %s is %q, want .env next to compose.yaml", name, s.EnvFile)
		}
	}
	readme := readFile(t, "README.md")
	for _, want := range []string{"> " + folder + "/.env", "docker compose -f " + composePath + " up"} {
		if !strings.Contains(readme, want) {
			t.Errorf("README.md does not contain %q", want)
		}
	}
}

// The API trusts the addresses of the network edge. If the proxy connected through
// another network, all clients would share the limits of one address.
func TestProxyReachesTheAPIThroughTheTrustedNetworkOnly(t *testing.T) {
	services := readCompose(t).Services
	proxyNetworks := services["proxy"].Networks
	var want []string
	for name, s := range services {
		if !slices.Equal(s.Command, words{"api"}) {
			continue
		}
		want = append(want, name+":8000")
		shared := slices.DeleteFunc(slices.Clone(s.Networks), func(network string) bool {
			return !slices.Contains(proxyNetworks, network)
		})
		if !slices.Equal(shared, []string{"edge"}) {
			t.Errorf("the proxy and %s share the networks %q, want edge only", name, shared)
		}
	}
	slices.Sort(want)
	upstreams := strings.Fields(submatch(t, readFile(t, folder+"/Caddyfile"), `^\s*reverse_proxy (.*) \{$`))
	if !slices.Equal(upstreams, want) {
		t.Errorf("the proxy sends requests to %q, want all API processes: %q", upstreams, want)
	}
}

func TestImagesArePinnedAndServicesRestart(t *testing.T) {
	isPinned := regexp.MustCompile(`^[a-z]+:\d+\.\d+[a-z0-9.-]*$`).MatchString
	for name, s := range readCompose(t).Services {
		if s.Build == nil && !isPinned(s.Image) {
			t.Errorf("the image of %s is %q, want a tag with a major and a minor version", name, s.Image)
		}
		if s.Restart != "unless-stopped" && name != "migrate" {
			t.Errorf("the restart policy of %s is %q, want unless-stopped", name, s.Restart)
		}
	}
}

func TestRedisKeepsItsDataAndDoesNotEvict(t *testing.T) {
	command := strings.Join(readCompose(t).Services["redis"].Command, " ")
	for _, want := range []string{"--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"} {
		if !strings.Contains(command, want) {
			t.Errorf("the command of Redis does not contain %s: %s", want, command)
		}
	}
}
