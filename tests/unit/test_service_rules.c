/*
 * A row for what each numbered rule says beyond UP, DOWN and UNKNOWN (test_service.c), in both
 * modes: the operator's words, gates, cold standbys, times, limits, families, TTL.
 */
#include "service_rows.h"

static void single(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. home is out: the next begins", "", "?0x ?0", "", "new", "on=b first"},
		{"1. home is deposed: the next begins", "clear", "U0 ?0", "", "new deposed=a",
			"on=b first deposed=a"},
		{"1. all are deposed: home begins", "clear", "U0 ?0", "", "new deposed=ab",
			"on=a first deposed=b"},
		{"1. all are out: home begins", "", "U0x ?0x", "", "new", "on=a first"},
		{"1. who was promoted begins", "", "U0 ?0", "", "new home=b", "on=b first"},
		{"1. home is offline, a standby is up", "", "U0o U0", "", "new", "on=b first"},
		{"1. a pinned first pick is told as such", "", "U0 ?0", "", "new pinned=b",
			"on=b pinned"},
		{"1. a frozen one too: nothing is judged", "", "D0 U0", "", "new frozen",
			"on=a first"},
		{"1. nobody was active at the start: nobody is deposed", "clear", "D0 U0", "",
			"new", "on=b first"},
		{"1. none answered, that is no longer the policy: home", "", "D5 D5", "",
			"reason=none-left by=none-left", "on=a none-left"},
		{"1. none answered, by no rule that may leave none", "none=none", "U5 U5", "", "",
			"on=a first"},
		{"1. and not one that is out", "none=all", "D5x D5x ?5", "",
			"reason=none-left by=none-left", "on=c first"},
		{"1. a former pool of which none was left, with on-none: none", "none=none",
			"D5 ?5", "ab", "reason=none-left", "on=a none-left"},
		{"2. pinned: who was named, even down", "", "U5 D5", "a", "pinned=b",
			"on=b pinned"},
		{"2. pinned goes before frozen", "", "U5 D5", "a", "pinned=b frozen",
			"on=b pinned"},
		{"2. pinned to one that is out", "", "U5 U5x", "a", "pinned=b", "on=b pinned"},
		{"3. frozen: nothing moves", "", "D5 U5", "a", "frozen", "on=a frozen"},
		{"3. not even by drain", "", "U5x U5", "a", "frozen", "on=a frozen"},
		{"3. nobody answered: that is frozen too", "none=none", "D5 ?5", "",
			"frozen reason=frozen by=none-left", "frozen"},
		{"3. all answered: that is frozen too", "none=all", "D5 ?5", "ab",
			"frozen reason=frozen by=none-left", "on=ab frozen"},
		{"4. out: the first that fits takes over", "", "U5x D5 U5", "a", "",
			"on=c drained"},
		{"4. out and nobody fits: it stays", "", "U5x D5 U5g", "a", "", "on=a kept"},
		{"4. out: an offline one will do", "", "U5x U5o", "a", "", "on=b drained"},
		{"4. offline: an online one takes over", "", "U5o U5", "a", "", "on=b drained"},
		{"4. offline: another offline one is no better", "", "U5o U5o", "a", "",
			"on=a kept"},
		{"4. offline and unknown: likewise", "", "?5o U5", "a", "", "on=b drained"},
		{"4. drained though it is down: it is deposed", "clear", "D5o U5", "a", "",
			"on=b drained deposed=a"},
		{"4. drained while it is up: it is not", "clear", "U5o U5", "a", "",
			"on=b drained"},
		{"4. neither failover: manual nor the limit keeps a drained one",
			"manual limit=1/60", "D5x U5", "a", "moves=99", "on=b drained deposed=a"},
		{"6. cold: it is down, but may still start", "cold start=30", "DU5 D80", "b",
			"at=90 by=failover", "on=b starting review=120"},
		{"6. not for ever", "cold start=10", "DU5 D80", "b", "at=90 by=failover",
			"on=a failover deposed=b review=110"},
		{"6. not when it was up since", "cold start=30", "DU5 D95", "b",
			"at=90 by=failover", "on=a failover deposed=b review=130"},
		{"6. only a cold one starts", "start=30", "U5 D80", "b", "at=90",
			"on=a failover deposed=b"},
		{"7. a gate is shut", "", "D5 U5g", "a", "", "on=a none-left"},
		{"7. a gate is unknown", "", "D5 U5?", "a", "", "on=a none-left"},
		{"7. the standby is deposed", "clear", "D5 U5", "a", "deposed=b",
			"on=a none-left deposed=b"},
		{"7. the standby is out", "", "D5 U5x", "a", "", "on=a none-left"},
		{"7. a cold one that went down is no standby of its own", "cold", "DU5 D5", "a", "",
			"on=a none-left"},
		{"7. on-none home: all are down", "none=home", "D5 D5", "b", "", "on=a none-left"},
		{"7. on-none home: one is unknown", "none=home", "?5 D5", "b", "",
			"on=b none-left"},
		{"7. on-none home: it is out", "none=home", "D5x D5", "b", "", "on=b none-left"},
		{"7. on-none none: all are down", "none=none", "D5 D5", "b", "", "none-left"},
		{"7. on-none servfail: nobody answers either", "none=servfail", "D5 D5", "b", "",
			"none-left"},
		{"7. on-none servfail: it lasts while nobody is up", "none=servfail", "?5 D5", "",
			"reason=none-left", "none-left"},
		{"7. on-none none: one is unknown", "none=none", "?5 D5", "b", "",
			"on=b none-left"},
		{"7. on-none none: a cold one that stopped may be started again", "none=none cold",
			"DU5 D5", "a", "", "on=a none-left"},
		{"7. on-none none: nor is that unknown", "none=none cold", "D?5 D5", "a", "",
			"on=a none-left"},
		{"7. on-none none: it lasts while nobody is up", "none=none", "?5 D5", "",
			"reason=none-left by=none-left", "none-left"},
		{"7. on-none all: all but those out", "none=all", "D5 D5x D5", "a", "",
			"on=ac none-left"},
		{"7. on-none all: all are out", "none=all", "D5x D5x", "a", "", "on=a none-left"},
		{"8. manual: an operator decides", "manual", "D5 U5", "a", "", "on=a manual"},
		{"8. off: likewise", "off", "D5 U5", "a", "", "on=a manual"},
		{"8. goes before waiting", "manual wait=30", "D90 U5", "a", "", "on=a manual"},
		{"9. waiting: down for less than wait", "wait=30", "D90 U5", "a", "",
			"on=a waiting review=120"},
		{"9. and no longer", "wait=30", "D70 U5", "a", "", "on=b failover deposed=a"},
		{"9. goes before after", "wait=30", "D90 U5", "a", "unsettled",
			"on=a waiting review=120"},
		{"10. after: the other is not settled", "", "D5 U5", "a", "unsettled",
			"on=a after"},
		{"10. goes before limited", "limit=1/60", "D5 U5", "a", "unsettled moves=99",
			"on=a after"},
		{"11. limited: it switched twice of late", "limit=2/60", "D5 U5", "a",
			"moves=90,50", "on=a limited review=110"},
		{"11. the second is long ago", "limit=2/60", "D5 U5", "a", "moves=90,40",
			"on=b failover deposed=a"},
		{"11. it never switched", "limit=2/60", "D5 U5", "a", "moves=90",
			"on=b failover deposed=a"},
		{"11. goes before the breaker", "limit=1/60", "D5 U5", "a", "moves=90 breaker=120",
			"on=a limited review=150"},
		{"12. breaker: too many others did", "", "D5 U5", "a", "breaker=120",
			"on=a breaker review=120"},
		{"12. there is room again", "", "D5 U5", "a", "breaker=100",
			"on=b failover deposed=a"},
		{"13. failover promotes", "promote", "D5 U5", "a", "",
			"on=b failover deposed=a home=b"},
		{"13. home, which was promoted, before the first", "", "U5 D5 U5", "b", "home=c",
			"on=c failover deposed=b"},
		{"13. an offline one as the last resort", "", "D5 U5o", "a", "",
			"on=b failover deposed=a"},
		{"13. before it one that is online", "", "D5 U5o U5", "a", "",
			"on=c failover deposed=a"},
		{"13. a cold standby that is ready", "cold start=30", "DU5 DU5", "a", "",
			"on=b failover deposed=a review=130"},
		{"13. who was cleared fits", "", "D5 U5", "a", "deposed=b",
			"on=b failover deposed=a"},
		{"13. a relapse: it fell soon after it had come back", "", "D5 U5", "a",
			"by=failback at=50", "on=b failover deposed=a strikes=1"},
		{"13. no relapse: it was there for the hold", "", "D5 U5", "a",
			"by=failback at=40 strikes=2 now=400", "on=b failover deposed=a strikes=0"},
		{"13. a doubled hold: longer ago is a relapse too", "", "D5 U5", "a",
			"by=failback at=1 strikes=1", "on=b failover deposed=a strikes=2"},
		{"13. not more than doubled five times", "", "D5 U5", "a",
			"by=failback at=1 strikes=5", "on=b failover deposed=a"},
		{"13. a failover after a failover is no relapse", "", "D5 U5", "a",
			"by=failover at=99 strikes=3", "on=b failover deposed=a strikes=0"},
		{"14. failback manual", "back=manual", "U5 U5", "b", "", "on=b kept"},
		{"14. failback never", "back=never", "U5 U5", "b", "", "on=b kept"},
		{"14. the hold is doubled", "", "U30 U5", "b", "strikes=1", "on=b kept review=150"},
		{"14. not while it is deposed", "clear", "U5 U5", "b", "deposed=a",
			"on=b kept deposed=a"},
		{"14. up: it is deposed no longer", "", "U5 U5", "b", "deposed=a", "on=a failback"},
		{"14. cold: ready ends being deposed", "cold start=30", "DU5 U5", "b", "deposed=a",
			"on=a failback review=130"},
		{"14. the hold counts from when it was ready", "cold", "DU70 U5", "b", "",
			"on=b kept review=130"},
		{"14. not through a gate that is shut", "", "U5g U5", "b", "", "on=b kept"},
		{"14. not before the operator's switch is over", "", "U5 U5", "b", "stay=130",
			"on=b kept review=130"},
		{"14. not past the limit", "limit=2/60", "U5 U5", "b", "moves=90,50",
			"on=b kept review=110"},
		{"14. not past the breaker", "", "U5 U5", "b", "failbacks=170",
			"on=b kept review=170"},
		{"14. never from an online one to one that is offline", "", "U5o U5g", "b", "",
			"on=b kept"},
		{"14. a cold one that runs is no standby, and stays nonetheless", "cold",
			"DU5o UD5", "b", "", "on=b kept"},
		{"14. among those offline", "", "U5o U5o", "b", "", "on=a failback"},
		{"14. home is who was promoted", "", "U5 U5", "a", "home=b", "on=b failback"},
		{"14. of two others the first", "", "U5 U5 U5", "c", "home=a", "on=a failback"},
		{"14. home has no better", "", "U5 U5", "b", "home=b", "on=b kept"},
		{"15. families are none of its concern", "", "U5/UD U5/UU", "a", "dark4=a",
			"on=a kept"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(MODE_SINGLE, &rows[i]);
}

static void pool(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. all but those out", "", "?0 ?0x ?0", "", "new", "on=ac first"},
		{"1. all are out", "", "?0x ?0x", "", "new", "on=ab first"},
		{"1. none answered, that is no longer the policy: the first", "", "D5 D5", "",
			"reason=none-left by=none-left", "on=a none-left"},
		{"2. pinned: one alone", "", "U5 D5 U5", "ac", "pinned=b", "on=b pinned"},
		{"3. frozen: nothing moves", "", "D5 U5x U5", "ab", "frozen", "on=ab frozen"},
		{"3. thawed: who fits answers", "none=none", "U5 D5", "",
			"reason=frozen by=none-left", "on=a failover"},
		{"4. out: it leaves", "", "U5x U5", "ab", "", "on=b drained"},
		{"4. offline: it leaves", "", "U5 U5o", "ab", "", "on=a drained"},
		{"4. out, and the rest unknown: it stays", "", "U5x ?5", "ab", "", "on=ab unknown"},
		{"4. all are offline: they stay", "", "U5o U5o", "ab", "", "on=ab kept"},
		{"4. all but one are out, that is offline", "", "U5x U5o", "ab", "",
			"on=b drained"},
		{"4. the last one is out: who waits comes at once", "", "U5x U99", "a", "lost=b",
			"on=b drained"},
		{"4. offline, but fewer than least would be left", "least=2", "U5 U5o", "ab", "",
			"on=ab kept"},
		{"4. offline and unknown: it leaves", "", "U5 ?5o", "ab", "", "on=a drained"},
		{"4. out, and another is held: it leaves all the same", "manual", "U5x U5 D5",
			"abc", "", "on=bc drained"},
		{"4. down and out: it leaves, limit or not", "limit=1/60", "D5x U5", "ab",
			"moves=99", "on=b drained"},
		{"4. a place that is free goes to who fits", "most=2", "U5x U5 U5", "ab", "",
			"on=bc drained"},
		{"5. unknown: no place is free", "most=2", "?5 U5 U5", "ab", "", "on=ab unknown"},
		{"7. fewer than least are left", "least=2", "U5 D5", "ab", "", "on=ab none-left"},
		{"7. not more than there are can be wanted", "least=9", "U5 U5", "ab", "",
			"on=ab kept"},
		{"7. nor more than may be", "least=2 most=1", "U5 U5", "a", "", "on=a kept"},
		{"7. still", "least=2", "U5 D5 D5", "abc", "reason=none-left", "on=abc none-left"},
		{"7. on-none home: all are down", "none=home", "D5 D5", "ab", "", "on=a none-left"},
		{"7. on-none none: all are down", "none=none", "D5 D5", "ab", "", "none-left"},
		{"7. on-none servfail: nobody answers either", "none=servfail", "D5 D5", "ab", "",
			"none-left"},
		{"7. on-none all: all but those out", "none=all", "D5 D5 D5x", "a", "",
			"on=ab none-left"},
		{"8. manual: it stays", "manual", "D5 U5", "ab", "", "on=ab manual"},
		{"8. off: likewise", "off", "D5 U5", "ab", "", "on=ab manual"},
		{"8. others come back meanwhile", "manual", "D5 U5 U5", "ab", "lost=c",
			"on=abc failback"},
		{"8. it keeps its place", "manual most=2", "D5 U5 U5", "ab", "", "on=ab manual"},
		{"8. where too many answer it is the first to go", "manual most=1", "D5 U5", "ab",
			"", "on=b drained"},
		{"9. waiting: it stays", "wait=30", "D90 U5", "ab", "", "on=ab waiting review=120"},
		{"9. each by itself: one goes, one waits", "wait=30", "D70 D90 U5", "abc", "",
			"on=bc failover lost=a review=120"},
		{"9. two wait: the first is looked at first", "wait=30", "D95 D90 U5", "abc", "",
			"on=abc waiting review=120"},
		{"9. and the other order", "wait=30", "U5 D90 D95", "abc", "",
			"on=abc waiting review=120"},
		{"10. after: the other is not settled", "", "D5 U5", "ab", "unsettled",
			"on=ab after"},
		{"11. limited", "limit=2/60", "D5 U5", "ab", "moves=90,50",
			"on=ab limited review=110"},
		{"11. one comes back later than the window has room", "limit=2/60", "D5 U5 U95",
			"ab", "moves=90,50 lost=c", "on=ab limited lost=c review=110"},
		{"12. breaker", "", "D5 U5", "ab", "breaker=120", "on=ab breaker review=120"},
		{"13. its place is taken", "most=2", "D5 U5 U5", "ab", "", "on=bc failover lost=a"},
		{"13. not by one that was withdrawn of late", "most=2", "D5 U5 U99", "ab", "lost=c",
			"on=b failover lost=ac review=159"},
		{"13. unless fewer than least would answer: all come", "least=2", "D5 U5 U99", "ab",
			"lost=c", "on=bc failover lost=a"},
		{"13. who is unknown stays meanwhile", "least=2", "D5 ?5 U99 U99", "ab", "lost=cd",
			"on=bcd failover lost=a"},
		{"13. an offline one is the last resort", "", "D5 U5o", "a", "",
			"on=b failover lost=a"},
		{"13. or makes up the number", "least=2", "D5 U5 U5o", "ab", "",
			"on=bc failover lost=a"},
		{"13. of all: no more than may be", "most=1", "U5 U5", "ab", "reason=none-left",
			"on=a failover lost=b"},
		{"13. no relapse is counted", "", "D5 U5", "ab", "by=failback at=99",
			"on=b failover lost=a"},
		{"14. a place is free", "most=2", "U5 D5 U5", "a", "lost=c", "on=ac failback"},
		{"14. a place is free, for a new one too", "most=2", "U5 U5", "a", "",
			"on=ab failback"},
		{"14. none is free", "most=1", "U5 U5", "b", "lost=a", "on=b kept lost=a"},
		{"14. a new one is not held by breaker or limit", "limit=1/60", "U5 U5", "a",
			"moves=99 failbacks=170", "on=ab failback"},
		{"14. one that was withdrawn is", "", "U5 U5", "a", "failbacks=170 lost=b",
			"on=a kept lost=b review=170"},
		{"14. deposed as a single service: withdrawn as a pool", "", "U5 U99", "a",
			"deposed=b", "on=a kept lost=b review=159"},
		{"14. no offline one joins one that is online", "", "U5 U5o", "a", "", "on=a kept"},
		{"14. not even when that turns unknown", "", "?5 U5o", "a", "", "on=a unknown"},
		{"14. an offline one joins one that is offline", "", "U5o U5o", "a", "",
			"on=ab failback"},
		{"14. not through a gate that is shut", "", "U5 U5g", "a", "", "on=a kept"},
		{"14. failback manual: who was withdrawn stays out", "back=manual", "U5 U5", "a",
			"lost=b", "on=a kept lost=b"},
		{"15. more answer than may: the best", "most=1", "U5 U5", "ab", "", "on=a drained"},
		{"dark: an address that is down where the other is up", "", "U5/DU U5/UU", "ab", "",
			"on=ab kept dark4=a"},
		{"dark: the sixth family too", "", "U5/UD U5/UU", "ab", "", "on=ab kept dark6=a"},
		{"dark: the last one stays", "", "U5/DU U5/DU", "ab", "", "on=ab kept"},
		{"dark: one that turns unknown stays dark", "", "U5/?U U5/UU", "ab", "dark4=a",
			"on=ab kept dark4=a"},
		{"dark: up again", "", "U5/UU U5/UU", "ab", "dark4=a", "on=ab kept"},
		{"dark: all of it is down, and it is kept: lit again", "manual", "D5/DD U5/UU",
			"ab", "dark4=a", "on=ab manual"},
		{"dark: not by half an unknown", "least=2", "?5/D? D5/DD", "ab", "reason=none-left",
			"on=ab none-left"},
		{"dark: who has one family only is never dark", "", "D5/D- U5/UU", "ab", "",
			"on=b failover lost=a"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(MODE_POOL, &rows[i]);
}

static void the_short_ttl(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"quiet", "brief=30", "U5 U5", "a", "", "on=a kept"},
		{"without a shorter one there is no suspicion", "", "D5 D5", "a", "",
			"on=a none-left"},
		{"held by a rule", "brief=30", "D5 D5", "a", "", "on=a none-left suspect"},
		{"waiting", "brief=30 wait=30", "D90 U5", "a", "",
			"on=a waiting suspect review=120"},
		{"starting", "brief=30 cold start=30", "DU5 D80", "b", "at=90",
			"on=b starting suspect review=120"},
		{"who answers is unknown", "brief=30", "?5 U5", "a", "", "on=a unknown suspect"},
		{"an outcome speaks against who answers", "brief=30", "U5s U5", "a", "",
			"on=a kept suspect"},
		{"against another: no", "brief=30", "U5 U5s", "a", "", "on=a kept"},
		{"maintenance is near", "brief=30", "U5p U5", "a", "now=70", "on=a kept suspect"},
		{"it is not yet", "brief=30", "U5p U5", "a", "now=69", "on=a kept"},
		{"failback is near", "brief=30", "U5 U5", "b", "at=50",
			"on=b kept suspect review=110"},
		{"failback is far: asked again when it is near", "brief=30", "U90 U5", "b", "",
			"on=b kept review=120"},
		{"then it is", "brief=30", "U90 U5", "b", "now=120",
			"on=b kept suspect review=150"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(MODE_SINGLE, &rows[i]);
}

static void trickle(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"no trickle, no share", "", "U5 U5", "a", "", "on=a kept"},
		{"2. who became home is no standby", "trickle=100", "U5 U5", "b",
			"home=b trickle=b", "on=b kept trickle=a/4"},
		{"4. the best that fits", "trickle=100", "U5 D5 U5 U5", "a", "",
			"on=a kept trickle=c/4"},
		{"4. at the first pick too", "trickle=100", "U5 U5", "", "new",
			"on=a first trickle=b/4"},
		{"4. nobody fits: unknown", "trickle=100", "U5 ?5", "a", "", "on=a kept"},
		{"4. a gate is shut", "trickle=100", "U5 U5g", "a", "", "on=a kept"},
		{"4. nothing is known of a gate", "trickle=100", "U5 U5?", "a", "", "on=a kept"},
		{"4. the last resort gets none", "trickle=100", "U5 U5o", "a", "", "on=a kept"},
		{"4. nor who is out", "trickle=100", "U5 U5x", "a", "", "on=a kept"},
		{"4. nor who is deposed", "trickle=100 clear", "U5 U5", "a", "deposed=b",
			"on=a kept deposed=b"},
		{"4. nor who is deposed by this very switch", "trickle=100 clear none=all", "U5 U5",
			"ab", "reason=none-left", "on=a failover deposed=b"},
		{"4. not while home is unknown", "trickle=100", "?5 U5", "a", "", "on=a unknown"},
		{"4. not while home is down and waits", "trickle=100 wait=30", "D90 U5", "a", "",
			"on=a waiting review=120"},
		{"4. not while it is frozen", "trickle=100", "U5 U5", "a", "frozen", "on=a frozen"},
		{"3. a better one takes over, up for hold", "trickle=100 hold=30", "U5 U70 U5", "a",
			"trickle=c", "on=a kept trickle=b/3"},
		{"3. not before", "trickle=100 hold=30", "U5 U71 U5", "a", "trickle=c",
			"on=a kept trickle=c/2 review=101"},
		{"3. which is no reason for the short TTL", "trickle=100 hold=30 brief=300",
			"U5 U71 U5", "a", "trickle=c", "on=a kept trickle=c/2 review=101"},
		{"3. one that is better still has not been up for so long", "trickle=100 hold=30",
			"U5 U71 U5 U5", "a", "trickle=d", "on=a kept trickle=c/3 review=101"},
		{"3. a worse one does not", "trickle=100 hold=30", "U5 U5 U5", "a", "trickle=b",
			"on=a kept trickle=b/2"},
		{"3. nor one that does not fit", "trickle=100 hold=30", "U5 U5g U5", "a",
			"trickle=c", "on=a kept trickle=c/2"},
		{"3. nor the last resort", "trickle=100 hold=30", "U5 U5o U5", "a", "trickle=c",
			"on=a kept trickle=c/2"},
		{"3. nor while home is unknown", "trickle=100 hold=30", "?5 U5 U5", "a",
			"trickle=c", "on=a unknown trickle=c/2"},
		{"3. nor while it is frozen", "trickle=100 hold=30", "U5 U5 U5", "a",
			"trickle=c frozen", "on=a frozen trickle=c/2"},
		{"3. from one that is unknown, too", "trickle=100 hold=30", "U5 U5 ?5", "a",
			"trickle=c", "on=a kept trickle=b/3"},
		{"2. frozen: it goes on", "trickle=100", "U5 U5", "a", "trickle=b frozen",
			"on=a frozen trickle=b/2"},
		{"2. what turns unknown ends nothing", "trickle=100", "U5 ?5 U5", "a", "trickle=b",
			"on=a kept trickle=b/2"},
		{"2. nor does a gate of which nothing is known any more", "trickle=100",
			"U5 U5? U5", "a", "trickle=b", "on=a kept trickle=b/2"},
		{"2. nor home that is unknown", "trickle=100", "?5 U5", "a", "trickle=b",
			"on=a unknown trickle=b/2"},
		{"2. down: the next one", "trickle=100", "U5 D9 U5", "a", "trickle=b",
			"on=a kept trickle=c/4"},
		{"2. frozen and down: nobody", "trickle=100", "U5 D9 U5", "a", "trickle=b frozen",
			"on=a frozen"},
		{"2. its gate shut", "trickle=100", "U5 U5g", "a", "trickle=b", "on=a kept"},
		{"2. made the last resort", "trickle=100", "U5 U5o", "a", "trickle=b", "on=a kept"},
		{"2. out", "trickle=100", "U5 U5x", "a", "trickle=b", "on=a kept"},
		{"2. deposed", "trickle=100 clear", "U5 U5 U5", "a", "trickle=b deposed=b",
			"on=a kept deposed=b trickle=c/4"},
		{"2. unknown, and made the last resort", "trickle=100", "U5 ?5o", "a", "trickle=b",
			"on=a kept"},
		{"2. unknown, and its gate shut", "trickle=100", "U5 ?5g", "a", "trickle=b",
			"on=a kept"},
		{"2. asked again when time alone will have shut its gate", "trickle=100", "U5 U5f",
			"a", "trickle=b", "on=a kept trickle=b/2 review=150"},
		{"2. which is no reason for the short TTL", "trickle=100 brief=300", "U5 U5f", "a",
			"trickle=b", "on=a kept trickle=b/2 review=150"},
		{"2. home down, nobody let: it goes on", "trickle=100 manual", "D9 U5", "a",
			"trickle=b", "on=a manual trickle=b/2"},
		{"1. a failover ends it", "trickle=100", "D9 U5 U5", "a", "trickle=b",
			"on=b failover deposed=a"},
		{"1. none while a standby answers", "trickle=100", "U90 U5 U5", "b", "",
			"on=b kept review=150"},
		{"1. back home it begins again", "trickle=100", "U5 U5", "b", "",
			"on=a failback trickle=b/4"},
		{"1. home by promotion has one, too", "trickle=100 promote", "U5 U5", "b", "home=b",
			"on=b kept trickle=a/4"},
		{"1. a pin ends it", "trickle=100", "U5 U5", "a", "trickle=b pinned=a",
			"on=a pinned"},
		{"1. taken out of the policy", "", "U5 U5", "a", "trickle=b", "on=a kept"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(MODE_SINGLE, &rows[i]);
	const struct row in_a_pool = {
		"a pool has none", "trickle=100", "U5 U5", "ab", "trickle=b", "on=ab kept"};
	check_row(MODE_POOL, &in_a_pool);
}

/* Reviews are a tenth of a second before the second that is printed, which is cut. */
static void the_ttl_that_follows(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"nothing is due", "follows=30", "U5 U5", "a", "", "on=a kept"},
		{"not asked for", "", "U90 U5", "b", "", "on=b kept review=150"},
		{"a failback is far: asked again when it is as near as the TTL is long",
			"follows=30", "U90 U5", "b", "", "on=b kept review=119"},
		{"then half of it", "follows=30", "U90 U5", "b", "now=120",
			"on=b kept ttl=15 review=134"},
		{"in between, too", "follows=30", "U90 U5", "b", "now=130",
			"on=b kept ttl=15 review=134"},
		{"a quarter", "follows=30", "U90 U5", "b", "now=135", "on=b kept ttl=7 review=142"},
		{"a second", "follows=30", "U90 U5", "b", "now=147", "on=b kept ttl=1 review=148"},
		{"less than a second: nothing is to be kept", "follows=30", "U90 U5", "b",
			"now=149", "on=b kept ttl=0 review=150"},
		{"a wait that ends", "follows=30 wait=20", "D90 U5", "a", "",
			"on=a waiting ttl=7 review=102"},
		{"maintenance of who answers", "follows=30", "U5p U5", "a", "now=80",
			"on=a kept ttl=15 review=84"},
		{"of another: no", "follows=30", "U5 U5p", "a", "now=80", "on=a kept"},
		{"a word that ends", "follows=30", "U5 U5", "a", "frozen over=110",
			"on=a frozen ttl=7 review=102"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(MODE_SINGLE, &rows[i]);

	/* At every moment the TTL is below what is left, and it changes as often as it is halved.
	 */
	const struct service_rule rule = {.hold = span_ms(60000),
		.follows = true,
		.ttl = span_ms(300000),
		.brief_ttl = span_ms(300000)};
	struct contender ends[26];
	const size_t n = read_ends("U90 U5", ends);
	const struct about about = {.pinned = ENDPOINT_NONE};
	struct pick pick = {.on = letters("b"), .chosen = true, .reason = PICK_KEPT};
	mono_t now = at(91);
	size_t versions = 0;
	while (endpoint_first(&pick.on) == 1) {
		const span_t was = pick_ttl(&rule, &pick);
		pick = service_pick(&rule, ends, n, &about, &pick, now);
		const span_t ttl = pick_ttl(&rule, &pick);
		versions += ttl.ns != was.ns;
		if (endpoint_first(&pick.on) != 1)
			break;
		assert_true(pick.review.ns > now.ns);
		assert_true(pick.review.ns + 0 <= at(150).ns);
		assert_true(now.ns + ttl.ns <= at(150).ns);
		/* Until it is asked again, too. */
		assert_true(pick.review.ns == at(150).ns || pick.review.ns + ttl.ns <= at(150).ns);
		now = pick.review;
	}
	assert_in_range(versions, 5, 10);
	assert_int_equal(pick_ttl(&rule, &pick).ns, rule.ttl.ns);
}

static void why_not(void **state)
{
	(void)state;
	static const struct {
		const char *end;
		bool deposed;
		enum unfit unfit;
	} rows[] = {
		{"U5", false, UNFIT_NOT},
		{"U5x", true, UNFIT_OUT},
		{"D5", true, UNFIT_DEPOSED},
		{"D5g", false, UNFIT_DOWN},
		{"?5g", false, UNFIT_UNKNOWN},
		{"U5og", false, UNFIT_GATE_SHUT},
		{"U5o?", false, UNFIT_GATE_UNKNOWN},
		{"U5o", false, UNFIT_OFFLINE},
		{"UD5", false, UNFIT_DOWN},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct contender end[26];
		(void)read_ends(rows[i].end, end);
		struct pick pick = {0};
		if (rows[i].deposed)
			endpoint_add(&pick.deposed, 7);
		assert_int_equal(contender_unfit(&end[0], &pick, 7), rows[i].unfit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(single), cmocka_unit_test(pool),
		cmocka_unit_test(the_short_ttl), cmocka_unit_test(trickle),
		cmocka_unit_test(the_ttl_that_follows), cmocka_unit_test(why_not)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
