"""The sign-in page of the demo organisation says whom to be."""

from django import template

from readiness.demo import who

register = template.Library()


@register.simple_tag
def demo_guides() -> list[who.Guide]:
    return who.guides()
