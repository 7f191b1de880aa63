"""``{% line_badge member %}``: the states of a member as badges and in words."""

from django import template

from members.listing.badges import draw_line_badge, draw_link_badge, explain_link

register = template.Library()
register.simple_tag(draw_link_badge, name="link_badge")
register.simple_tag(draw_line_badge, name="line_badge")
register.simple_tag(explain_link, name="link_reason")
