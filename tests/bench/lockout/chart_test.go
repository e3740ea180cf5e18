package lockout

import (
	"testing"

	"github.com/kuvaka-tech/parley/tests/bench/chart"
)

// riskChart shows the risk that strangers log in to any one of some accounts.
func riskChart(t testing.TB) chart.Chart {
	t.Helper()
	accounts := []float64{1, 10, 100, 1000, 10_000, 100_000}
	c := chart.Chart{
		Title: "Probability to log in to any one of N accounts in a day of guessing codes",
		X:     chart.Axis{Title: "attacked accounts (N)", Ticks: accounts, IsLog: true},
		Y:     chart.Axis{Title: "probability", Ticks: []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1}, IsLog: true},
	}
	anyAddresses := chart.Line{Name: "calculated, all addresses"}
	calculated := chart.Line{Name: "calculated, 20 addresses"}
	simulated := chart.Line{Name: "simulated, 20 addresses"}
	for _, n := range accounts {
		anyAddresses.Points = append(anyAddresses.Points, chart.Point{X: n, Y: riskOf(calculatedGuesses(int(n), 0))})
		from20 := riskOf(calculatedGuesses(int(n), strangers))
		calculated.Points = append(calculated.Points, chart.Point{X: n, Y: from20})
		if n <= 10_000 {
			risk := riskOf(float64(simulatedGuesses(t, int(n))))
			simulated.Points = append(simulated.Points, chart.Point{X: n, Y: risk})
		}
	}
	c.Lines = append(c.Lines, anyAddresses, calculated, simulated, chart.Line{
		Name:    "wanted for one account",
		Points:  []chart.Point{{X: accounts[0], Y: wantedRisk}, {X: accounts[len(accounts)-1], Y: wantedRisk}},
		IsLimit: true,
	})
	return c
}

// The stored chart shows every change of the limits in a review. To update it, run
// go test ./tests/bench/lockout -whole -run Stored -update
func TestTheStoredChartIsTheComputedOne(t *testing.T) {
	needsWhole(t)
	chart.CompareStored(t, "../../../.docs/lockout-risk.svg", func(string) string { return riskChart(t).SVG() })
}
