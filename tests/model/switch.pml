/*
 * An operator's word, a switch by itself, the disk, and the death of the process at any moment: what
 * docs/DESIGN.md section 6 promises of them, in all orders.  `make model` checks it, and that it
 * notices when a promise is broken (MUTANT_...).
 *
 * What an engine remembers of a service is two numbers: the newest word that was applied, and the newest
 * switch by itself.  The control thread gives the keeper snapshots of both; the keeper writes them one
 * by one, whole or not at all.  A word is written as planned, then applied, published and acknowledged;
 * if the service switched meanwhile, what is on the disk by then is not all of it, and it is written once
 * more before it is acknowledged.  A switch is published when it is written, or after 50 ms, which
 * raises the alarm; so does a batch that failed.  Under the alarm words are refused and nothing waits.
 *
 * I2  what is seen has a serial that only grows, over a death too.
 * I3  a restart takes back nothing that was shown without the alarm.
 * I4  what was acknowledged is on the disk from there on, so a death or a restart never loses it.
 */
#ifndef WORDS
#define WORDS 2
#endif
#ifndef SWITCHES
#define SWITCHES 2
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef FAILURES
#define FAILURES 1
#endif
#define QUEUE 3

typedef snapshot { byte word, moved, serial; bool shows, acks };

snapshot disk;                  /* stays */
snapshot engine;                /* the rest but `seen` and `acked` goes with the process */
chan queue = [QUEUE] of { byte, byte, byte, bool, bool }; /* to the keeper */
bool alarm;
byte planned;                   /* a word that waits for the disk */
byte planned_moved;             /* the switch that it was planned on */
snapshot shown;                 /* of the view that is published */
byte waiting;                   /* snapshots whose view is not published yet */

byte acked, seen_serial;
byte words, switches, deaths, failures;
bool excused;                   /* the alarm was on when the process died */

inline publish(a_word, a_move, a_serial) {
	assert(a_serial >= seen_serial);                       /* I2 */
	seen_serial = a_serial;
	shown.word = a_word;
	shown.moved = a_move;
	/* Nothing is seen that a restart would take back, unless the alarm is on. */
	assert(alarm || excused || (shown.word <= disk.word && shown.moved <= disk.moved)) /* I3 */
}

inline give(a_word, a_view, an_ack) {
	engine.serial++;
	queue ! a_word, engine.moved, engine.serial, a_view, an_ack
}

active proctype control() {
	do
	:: atomic { words < WORDS && planned == 0 && !alarm && nfull(queue) ->
		words++;
		planned = words;
		planned_moved = engine.moved;
		give(planned, false, true)
	}
	:: atomic { switches < SWITCHES && nfull(queue) ->
		switches++;
		engine.moved = switches;
		give(engine.word, true, false);
		waiting++;
#ifdef MUTANT_SHOWN_FIRST
		publish(engine.word, engine.moved, engine.serial)
#else
		if
		:: alarm -> publish(engine.word, engine.moved, engine.serial)
		:: else
		fi
#endif
	}
	:: atomic { waiting > 0 && !alarm -> /* 50 ms are over */
		alarm = true;
		publish(engine.word, engine.moved, engine.serial)
	}
	:: atomic { words == WORDS && switches == SWITCHES && planned == 0 && empty(queue) -> break }
	od
}

/* The keeper writes, and the control thread hears of it. */
active proctype keeper() {
	snapshot got;
	do
	:: atomic { nempty(queue) ->
		queue ? got.word, got.moved, got.serial, got.shows, got.acks;
		disk.word = got.word;
		disk.moved = got.moved;
		disk.serial = got.serial
	   }
	   /* Here the process may die: it is written, and nobody was told. */
	   atomic {
		if
		:: got.serial > engine.serial || got.serial == 0 -> skip /* told to a process that is gone */
		:: else ->
			if
			:: got.shows && waiting > 0 ->
				waiting--;
				if
				:: !alarm && got.serial >= seen_serial && got.word <= disk.word ->
					publish(got.word, got.moved, got.serial)
				:: else
				fi
			:: else
			fi;
			if
			:: got.acks && planned != 0 && planned == got.word ->
				engine.word = planned;
				if
#ifndef MUTANT_ACKED_EARLY
				:: engine.moved != planned_moved && nfull(queue) ->
					planned_moved = engine.moved;
					give(engine.word, true, true); /* once more, as it is now */
					waiting++
#endif
#ifdef MUTANT_ACKED_EARLY
				:: true ->
#else
				:: engine.moved == planned_moved ->
#endif
					if
					:: !alarm -> publish(engine.word, got.moved, got.serial)
					:: else
					fi;
					acked = planned;
					planned = 0;
					assert(disk.word >= acked)             /* I4 */
				fi
			:: else
			fi
		fi;
		got.serial = 0
	   }
	:: atomic { nempty(queue) && failures < FAILURES -> /* full, or broken: the batch is not there */
		failures++;
		queue ? got.word, got.moved, got.serial, got.shows, got.acks;
		alarm = true;
		if
		:: got.shows && waiting > 0 -> waiting--
		:: else
		fi;
		if
		:: got.acks && planned == got.word -> planned = 0 /* refused */
		:: else
		fi;
		publish(engine.word, engine.moved, engine.serial);
		got.serial = 0
	   }
	:: atomic { alarm && empty(queue) && planned == 0 -> /* well again: all of the state, then the alarm ends */
		engine.serial++;
		disk.word = engine.word;
		disk.moved = engine.moved;
		disk.serial = engine.serial;
		waiting = 0;
		alarm = false;
		publish(engine.word, engine.moved, engine.serial)
	   }
	:: atomic { words == WORDS && switches == SWITCHES && planned == 0 && empty(queue) && !alarm -> break }
	od
}

/* SIGKILL at any moment, and the start after it: recall before the first view is made. */
active proctype death() {
	do
	:: atomic { deaths < DEATHS ->
		deaths++;
		excused = alarm || excused;
		do
		:: nempty(queue) -> queue ? _, _, _, _, _
		:: empty(queue) -> break
		od;
		planned = 0;
		waiting = 0;
		alarm = false;
		assert(disk.word >= acked);                                    /* I4 */
#ifdef MUTANT_NO_RECALL
		engine.word = 0;
		engine.moved = 0;
#else
		engine.word = disk.word;
		engine.moved = disk.moved;
#endif
		assert(excused || (engine.word >= shown.word && engine.moved >= shown.moved)); /* I3 */
		/* The seconds of the clock may be ahead of the disk, never behind what was shown by the alarm. */
		engine.serial = disk.serial + 1;
		if
		:: excused && engine.serial < seen_serial -> engine.serial = seen_serial
		:: else
		fi;
		publish(engine.word, engine.moved, engine.serial)
	   }
	:: break
	od
}
