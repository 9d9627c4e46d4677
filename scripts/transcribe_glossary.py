"""What a glossary is worth: words that were said and not understood, beside names that nobody said.

The terms are the longer words of the true texts that Roomtone wrote nowhere without a glossary, so that it
begins at none of them, and forty names of products and companies that occur in no recording.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from transcribe_figures import NORMALISED, error_rate
from transcribe_ours import Replayed
from transcribe_recordings import Recording

LEAST_LETTERS = 5
NEVER_SAID = tuple(
    """
    Roomtone Salesforce HubSpot Zendesk Kubernetes Snowflake Databricks Tableau Atlassian Confluence Jira
    Workday Netsuite Zapier Intercom Twilio Datadog Okta Figma Airtable Asana Marketo Pipedrive Calendly
    Gainsight Outreach Gong Grafana Terraform Postgres Redis Splunk Anaplan Coupa Docusign Qualtrics Sisense
    Looker Mulesoft Zuora
    """.split()  # noqa: SIM905 - forty lines would be no clearer
)


def report(folder: Path, chosen: Sequence[Recording], *, threads: int) -> None:
    """Print what changes with the glossary."""
    plain = _texts(folder, chosen, (), threads)
    truths = [truth for recording in chosen for truth in recording.truths or ("",) * len(recording.sides)]
    written = _counted(plain)
    said = _counted(truths)
    terms = [word for word in said if len(word) >= LEAST_LETTERS and word.isalpha() and not written[word]]
    told = _texts(folder, chosen, (*terms, *NEVER_SAID), threads)
    print(f"\nglossary: {len(terms)} terms said {sum(said[term] for term in terms)} times, not understood")
    print(f"without it, and {len(NEVER_SAID)} never said")
    known = [place for place, truth in enumerate(truths) if truth]
    for name, texts in (("without", plain), ("with", told)):
        found = wrong = never = 0
        for place, text in enumerate(texts):
            has, had = _counted([text]), _counted([truths[place]])
            never += sum(has[term.lower()] for term in NEVER_SAID)
            if place in known:
                found += sum(min(has[term], had[term]) for term in terms)
                wrong += sum(max(0, has[term] - had[term]) for term in terms)
        wer = error_rate([truths[place] for place in known], [texts[place] for place in known])
        places = f"found {found}, in wrong places {wrong}, never said and written {never}"
        print(f"  {name:<8}WER {wer:.2f} %; {places}")


def _texts(folder: Path, chosen: Sequence[Recording], terms: Sequence[str], threads: int) -> list[str]:
    system = Replayed(folder, threads=threads, terms=terms)
    return [text for recording in chosen for text in system.hear(recording).texts]


def _counted(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in str(NORMALISED(text)).split())
