# The two commands: `make run` starts Vaidya with demo people, `make test` proves it. The rest is for those who develop it.
.PHONY: run test soak bench audit ledger-sim bench-ledger help

run: ## build everything and start it on http://localhost:8080, data in ./data
	@scripts/run.sh

test: ## every check there is; target/test-times.json says what took how long
	@scripts/test.sh

soak: ## the API asked far more than `make test` has time for; the ledger before other people's witnesses
	@scripts/soak.sh

bench: ## click to first frame, round trips and bytes of a join, memory per participant, size of the page, a storm of log-ins
	@scripts/bench.sh

ledger-sim: ## simulated worlds of validators, SEEDS=2000 of them; SEED=7 replays one
	@scripts/ledger-sim.sh

bench-ledger: ## entries a second of four validators, and what one bad one costs
	@scripts/bench-ledger.sh

audit: ## known vulnerabilities in what we depend on
	@scripts/audit.sh

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile
