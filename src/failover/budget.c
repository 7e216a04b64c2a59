#include "failover/budget.h"

#include "base/mem.h"

#include <stdlib.h>

struct budget budget_new(uint32_t n, span_t per)
{
	return (struct budget){
		.spent = n > 0 ? mem_list(n, sizeof(mono_t)) : NULL, .n = n, .per = per};
}

void budget_free(struct budget *budget) { free(budget->spent); }

mono_t budget_let(const struct budget *budget, uint32_t n)
{
	const mono_t never = {0};
	if (budget->n == 0)
		return never;
	const uint32_t k = n < budget->n ? n : budget->n;
	const mono_t last = budget->spent[(budget->at + k - 1) % budget->n];
	return last.ns == 0 ? never : mono_after(last, budget->per);
}

void budget_spend(struct budget *budget, mono_t at)
{
	if (budget->n == 0)
		return;
	const mono_t oldest = budget->spent[budget->at];
	if (oldest.ns != 0 && at.ns < oldest.ns)
		return;
	uint32_t i = budget->at;
	for (uint32_t k = 1; k < budget->n; k++) {
		const uint32_t before = (i + budget->n - 1) % budget->n;
		if (budget->spent[before].ns == 0 || budget->spent[before].ns <= at.ns)
			break;
		budget->spent[i] = budget->spent[before];
		i = before;
	}
	budget->spent[i] = at;
	budget->at = (budget->at + 1) % budget->n;
}

void budget_carry(struct budget *is, const struct budget *was)
{
	/* From the oldest on: where there is less room, the newest stay. */
	for (uint32_t i = 0; i < was->n; i++) {
		const mono_t spent = was->spent[(was->at + i) % was->n];
		if (spent.ns != 0)
			budget_spend(is, spent);
	}
}
