package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"portal/internal/config"
)

// compose is what we check of docker-compose.yml. There is no container engine where the tests run, so the file is read
// as text, and TestReplicasBehindAProxy starts what it describes.
type compose struct {
	Services map[string]struct {
		Image, Build string
		Command      []string
		Environment  map[string]string
		Volumes      []string
		Networks     []string
		Ports        []string
		Configs      []struct{ Source, Target string }
		DependsOn    map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck  struct{ Test []string }
		User         string
	}
	Configs  map[string]struct{ Content string }
	Networks map[string]any
	Volumes  map[string]any
}

func readRoot(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var c compose
	if err := yaml.Unmarshal([]byte(readRoot(t, "docker-compose.yml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComposeNamesOnlyWhatItHas(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	for _, name := range []string{"proxy", "portal-1", "portal-2", "migrate", "database", "mail", "scanner"} {
		if _, ok := c.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		}
	}
	for name, s := range c.Services {
		if s.Image == "" {
			t.Errorf("%s has no image", name)
		}
		if tag := strings.TrimPrefix(s.Image, "portal"); tag != "" && !strings.Contains(tag, ":") {
			t.Errorf("%s takes whatever is newest of %s", name, s.Image)
		}
		for other, how := range s.DependsOn {
			on, ok := c.Services[other]
			if !ok {
				t.Errorf("%s waits for %s, which is not there", name, other)
			}
			if how.Condition == "service_healthy" && len(on.Healthcheck.Test) == 0 && on.Image != "portal" {
				t.Errorf("%s waits for the health of %s, which has no check", name, other)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, ok := c.Volumes[source]; !ok {
				t.Errorf("%s mounts %s, which is not there", name, source)
			}
		}
		for _, network := range s.Networks {
			if _, ok := c.Networks[network]; !ok {
				t.Errorf("%s is on the network %s, which is not there", name, network)
			}
		}
		for _, from := range s.Configs {
			if _, ok := c.Configs[from.Source]; !ok {
				t.Errorf("%s has the configuration %s, which is not there", name, from.Source)
			}
		}
		if len(s.Ports) > 0 && s.Image == "portal" {
			t.Errorf("%s can be reached around the proxy", name)
		}
	}
	for _, upstream := range regexp.MustCompile(`([a-z0-9-]+):8080`).FindAllStringSubmatch(c.Configs["proxy"].Content, -1) {
		if s, ok := c.Services[upstream[1]]; !ok || s.Image != "portal" {
			t.Errorf("the proxy sends requests to %s, which is no portal", upstream[1])
		}
	}
}

// The settings of the portals must be ones that the portal accepts, from the hosts that the file has.
func TestComposeSettings(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	for _, name := range []string{"portal-1", "portal-2", "migrate"} {
		var environ []string
		for key, value := range c.Services[name].Environment {
			if strings.HasSuffix(key, "_FILE") { // as the service "secrets" makes them
				secret := filepath.Join(t.TempDir(), "secret")
				content := strings.Repeat("0f", 32)
				if key == "DATABASE_URL_FILE" {
					content = "postgres://portal:" + content + "@database:5432/portal"
				}
				if !strings.HasPrefix(value, "/secrets/") || !strings.Contains(strings.Join(c.Services["secrets"].Command, ""), strings.TrimPrefix(value, "/secrets/")) {
					t.Errorf("%s: nobody makes %s", name, value)
				}
				if err := os.WriteFile(secret, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				value = secret
			}
			environ = append(environ, key+"="+value)
		}
		cfg, err := config.Load(environ)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if unknown := cfg.Unknown(); len(unknown) > 0 {
			t.Errorf("%s: %v", name, unknown)
		}
		if !cfg.Production() || cfg.Embedded() || cfg.Migrate || cfg.Secret == "" || len(cfg.TrustedProxies) == 0 {
			t.Errorf("%s is not like production: %+v", name, cfg.Settings())
		}
		scanner, _, _ := strings.Cut(cfg.Clamd, ":")
		for _, host := range []string{cfg.SMTP.Host, scanner, "database"} {
			if _, ok := c.Services[host]; !ok {
				t.Errorf("%s talks to %s, which is not there", name, host)
			}
		}
	}
	if !slices.Equal(c.Services["migrate"].Command, []string{"migrate"}) {
		t.Errorf("migrate runs %v", c.Services["migrate"].Command)
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := readRoot(t, "Dockerfile")
	expect(t, text, "CGO_ENABLED=0", "-trimpath", "\nUSER portal\n", "HEALTHCHECK", "/healthz", "EXPOSE 8080", `ENTRYPOINT ["portal"]`, `CMD ["serve"]`)
	if strings.Count(text, "\nFROM ") < 2 {
		t.Error("the image has the compiler in it")
	}
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readRoot(t, "go.mod"))[1]
	if !strings.Contains(text, "FROM golang:"+wanted) {
		t.Errorf("the image is not built with Go %s, as go.mod wants", wanted)
	}
	for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(text, -1) {
		for _, pair := range strings.Fields(line[1]) {
			name, _, _ := strings.Cut(pair, "=")
			cfg, _ := config.Load([]string{pair}) // alone it is not complete
			if len(cfg.Unknown()) > 0 {
				t.Errorf("%s is not a setting", name)
			}
		}
	}
}

// What the operator's page says must be true of the program.
func TestOperatePageKnowsTheSettings(t *testing.T) {
	t.Parallel()
	page := readRoot(t, filepath.Join("docs", "operate.md"))
	cfg, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range cfg.Settings() {
		known[s.Name], known[s.Name+"_FILE"] = true, true
		if !strings.Contains(page, "`"+s.Name+"`") {
			t.Errorf("docs/operate.md does not say what %s is for", s.Name)
		}
	}
	for _, name := range regexp.MustCompile(`PORTAL_[A-Z_]*[A-Z]`).FindAllString(page, -1) {
		base := regexp.MustCompile(`_(AR|ZH|EN|FR|RU|ES)$`).ReplaceAllString(name, "")
		if !known[name] && !known[base] && name != "PORTAL_SMTP" {
			t.Errorf("docs/operate.md names %s, which is no setting", name)
		}
	}
}
