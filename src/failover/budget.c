#include "failover/budget.h"

#include "base/mem.h"

#include <stdlib.h>

struct budget budget_new(uint32_t n, span_t per)
{
	return (struct budget){
		.spent = n > 0 ? mem_list(n, sizeof(mono_t)) : NULL, .n = n, .per = per};
}

void budget_free(struct budget *budget) { free(budget->spent); }

mono_t budget_let(const struct budget *budget)
{
	const mono_t oldest = budget->n > 0 ? budget->spent[budget->at] : (mono_t){0};
	return oldest.ns == 0 ? oldest : mono_after(oldest, budget->per);
}

void budget_spend(struct budget *budget, mono_t now)
{
	if (budget->n == 0)
		return;
	budget->spent[budget->at] = now;
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
