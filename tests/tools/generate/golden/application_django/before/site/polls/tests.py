from io import StringIO

from django.core.management import call_command
from django.test import TestCase

from .models import Question


class PollsTest(TestCase):
    fixtures = ["polls.json"]

    def test_pages_are_served_with_what_is_seeded(self):
        out = StringIO()
        call_command("seed", stdout=out)
        self.assertEqual(out.getvalue(), "seeded\n")
        response = self.client.get("/polls/")
        self.assertContains(response, "WHAT?")
        self.assertIn("X-Seconds", response)
        self.assertEqual(Question.objects.get().slug, "what")
