package gcm

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Files are the reference data as they were taken over, each with its sources and with how far they are to be trusted.
// They are what the tables were seeded from, and stay as the record of it.
//
//go:embed reference/*.json
var Files embed.FS

// Reference returns the vocabulary as it was seeded, without a database. What administrators have changed since is not
// in it: pages take the Vocabulary of a Holder.
var Reference = sync.OnceValue(func() *Vocabulary {
	v, err := reference()
	if err != nil {
		panic(err) // the files are part of the program
	}
	return v
})

func reference() (*Vocabulary, error) {
	var themes struct {
		Areas []struct {
			N     int
			ID    string
			Name  Names
			Short Names
		}
	}
	var objectives struct {
		Objectives []struct {
			N            int
			ID           string
			Short, Title Names
			Paragraph    int      `json:"gcm_paragraph"`
			Theme        int      `json:"mptf_thematic_area"`
			Roundtable   int      `json:"imrf_roundtable"`
			SDGTargets   []string `json:"sdg_targets"`
			SDGs         []int    `json:"sdgs"`
		}
	}
	var principles struct {
		Principles []struct {
			N    int
			ID   string
			Name Names
		}
	}
	var sectors struct {
		Sectors []struct {
			ID      string
			Name    Names
			Aliases []string
		}
		Categories []struct {
			ID       string
			Sector   string
			SaysWhat bool `json:"says_what"`
			Name     Names
		} `json:"actor_categories"`
	}
	var regions struct {
		Regions []struct {
			ID         string
			Name       Names
			Commission string
			ReviewLead string `json:"review_lead"`
		}
		Countries []struct {
			ISO2, ISO3, M49 string
			Names           Names
			Status          string   `json:"un_status"`
			Continent       string   `json:"m49_region"`
			Subregion       string   `json:"m49_subregion"`
			Commissions     []string `json:"regional_commissions"`
			Region          string   `json:"primary_region"`
			ReviewRegions   []string `json:"review_regions"`
			LDC, LLDC, SIDS bool
		}
	}
	var champions struct {
		Countries []struct {
			ISO2       string
			Confidence string
			Joined     *struct{ Value string }
		}
	}
	for name, into := range map[string]any{
		"mptf_thematic_areas": &themes, "objectives": &objectives, "guiding_principles": &principles,
		"stakeholder_sectors": &sectors, "regions": &regions, "champion_countries": &champions,
	} {
		if err := readReference(name, into); err != nil {
			return nil, err
		}
	}
	points := worldMap().Points
	v := &Vocabulary{}
	for _, t := range themes.Areas {
		v.Themes = append(v.Themes, Theme{N: t.N, ID: t.ID, Short: t.Short, Title: t.Name})
	}
	for _, o := range objectives.Objectives {
		v.Objectives = append(v.Objectives, Objective(o))
	}
	for _, p := range principles.Principles {
		v.Principles = append(v.Principles, Principle{N: p.N, ID: p.ID, Names: p.Name})
	}
	for _, s := range sectors.Sectors {
		v.Sectors = append(v.Sectors, Sector{ID: s.ID, Names: s.Name, Aliases: s.Aliases})
	}
	for _, c := range sectors.Categories {
		v.Categories = append(v.Categories, Category{ID: c.ID, Names: c.Name, Sector: c.Sector, SaysWhat: c.SaysWhat})
	}
	for _, r := range regions.Regions {
		v.Regions = append(v.Regions, Region{ID: r.ID, Names: r.Name, Commission: r.Commission, ReviewLead: r.ReviewLead})
	}
	for _, c := range regions.Countries {
		point, ok := points[c.ISO3]
		if !ok {
			return nil, fmt.Errorf("reference data: %s has no point on the map", c.ISO3)
		}
		v.States = append(v.States, Country{
			ISO2: c.ISO2, ISO3: c.ISO3, M49: c.M49, Names: c.Names, Observer: c.Status == "observer",
			Continent: c.Continent, Subregion: c.Subregion, Commissions: c.Commissions,
			Region: c.Region, ReviewRegions: c.ReviewRegions, LDC: c.LDC, LLDC: c.LLDC, SIDS: c.SIDS, X: point[0], Y: point[1],
		})
	}
	for _, c := range champions.Countries {
		champion := Champion{Country: c.ISO2, Confirmed: c.Confidence == "high"}
		if c.Joined != nil {
			champion.Since = c.Joined.Value
		}
		v.Champions = append(v.Champions, champion)
	}
	slices.SortFunc(v.States, func(a, b Country) int { return cmp.Compare(a.ISO2, b.ISO2) })
	slices.SortFunc(v.Champions, func(a, b Champion) int { return cmp.Compare(a.Country, b.Country) })
	v.Categories = withSectors(v.Categories, v.Sectors)
	return v.index(), nil
}

func readReference(name string, into any) error {
	raw, err := Files.ReadFile("reference/" + name + ".json")
	if err != nil {
		return fmt.Errorf("reference data: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("reference data: %s: %w", name, err)
	}
	return nil
}
