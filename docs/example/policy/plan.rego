# Rules of your own over plan.json, beside those of ftsdk.yaml: ft plan --out plan.json && conftest test plan.json -p policy/
package main

import rego.v1

plans := input.plans if input.plans

else := [input]

deny contains sprintf("%s may cost $%v, and this repository lets a plan cost $50", [plan.name, plan.usd.high]) if {
	some plan in plans
	plan.usd.high > 50
}

deny contains sprintf("%s goes to production without a gate", [plan.name]) if {
	some plan in plans
	plan.spec.spec.promote.alias == "production"
	count(plan.spec.spec.gates) == 0
}

deny contains sprintf("%s: %s", [plan.name, finding.message]) if {
	some plan in plans
	some finding in plan.findings
	finding.severity == "error"
}
