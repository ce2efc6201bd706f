"""Tests of the comparison itself; the numbers are compared by `run`."""

import pathlib
import tempfile
import unittest

import drift
import ours
import packages
from pair import Pair


def pair(mine, theirs):
    return Pair("aws-lambda.function.timeout_s_max", mine, "docs", theirs, "botocore")


class Acceptance(unittest.TestCase):
    ENTRY = {"key": "aws-lambda.function.timeout_s_max", "ours": 900, "theirs": 1800, "reason": "r"}

    def test_an_entry_covers_its_two_values_and_no_others(self):
        self.assertTrue(drift.covers(self.ENTRY, pair(900, 1800)))
        self.assertFalse(drift.covers(self.ENTRY, pair(900, 5400)))
        self.assertFalse(drift.covers(self.ENTRY, pair(901, 1800)))

    def test_an_entry_needs_a_reason(self):
        self.assertFalse(drift.covers({**self.ENTRY, "reason": " "}, pair(900, 1800)))

    def test_none_is_written_as_a_word(self):
        entry = {**self.ENTRY, "ours": "none"}
        self.assertTrue(drift.covers(entry, pair(None, 1800)))

    def test_a_whole_number_is_the_same_with_and_without_a_fraction(self):
        self.assertTrue(pair(30, 30.0).agrees)


class Reading(unittest.TestCase):
    def test_a_text_that_lost_its_number_ends_the_comparison(self):
        self.assertEqual(packages.number(r"at most ([\d,]+) s", "at most 1,800 s", "x"), 1800)
        with self.assertRaises(SystemExit):
            packages.number(r"at most (\d+) s", "as long as you like", "x")

    def test_a_constant_may_be_a_product(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "index.js"
            path.write_text("var MOST = 5 * 1024 * 1024;\n")
            self.assertEqual(packages.constant(path, "MOST"), 5 * 1024 * 1024)
            with self.assertRaises(SystemExit):
                packages.constant(path, "LEAST")

    def test_sizes_are_a_list_or_steps(self):
        self.assertEqual(packages.sizes({"enum": [512, 1024]}), [512, 1024])
        steps = {"minimum": 1024, "maximum": 3072, "multipleOf": 1024}
        self.assertEqual(packages.sizes(steps), [1024, 2048, 3072])

    def test_a_value_that_is_not_there_is_absent(self):
        fly = ours.platform("fly")
        self.assertEqual(fly.value("router", "request_timeout_s")[0], ours.ABSENT)
        value, source = fly.value("shutdown", "grace_s")
        self.assertEqual(value, 5)
        self.assertRegex(source, r"^docs\.fly\.io, 20\d\d-")


if __name__ == "__main__":
    unittest.main()
